// SPDX-License-Identifier: Apache-2.0
import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.security.KeyStore;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/** Many JSSE servers and clients in one machine, driven by lines on stdin. Groups and schemes are those of the machine's properties.
 *
 * server KEYSTORE PROTOCOLS SUITES OWN-ORDER  answers: port N
 * client PORT KEYSTORE PROTOCOLS SUITES       answers: done, when the handshake is over
 * "-" leaves the default. Passwords are "changeit". */
public class Negotiate {
    static KeyStore store(String path) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (FileInputStream in = new FileInputStream(path)) {
            store.load(in, "changeit".toCharArray());
        }
        return store;
    }

    static SSLParameters limits(SSLParameters p, String protocols, String suites, boolean ownOrder) {
        if (!protocols.equals("-")) p.setProtocols(protocols.split(","));
        if (!suites.equals("-")) p.setCipherSuites(suites.split(","));
        p.setUseCipherSuitesOrder(ownOrder);
        return p;
    }

    static int serve(String[] w) throws Exception {
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store(w[1]), "changeit".toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        SSLServerSocket server = (SSLServerSocket) context.getServerSocketFactory().createServerSocket(0, 16, InetAddress.getLoopbackAddress());
        server.setSSLParameters(limits(server.getSSLParameters(), w[2], w[3], w[4].equals("1")));
        Thread thread = new Thread(() -> {
            while (true) {
                try (SSLSocket socket = (SSLSocket) server.accept()) {
                    socket.setSoTimeout(5000);
                    socket.startHandshake();
                    while (socket.getInputStream().read() >= 0) { }
                } catch (Exception refused) {
                    // What matters is on the wire.
                }
            }
        });
        thread.setDaemon(true);
        thread.start();
        return server.getLocalPort();
    }

    static void connect(String[] w) throws Exception {
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store(w[2]));
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        try (SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", Integer.parseInt(w[1]))) {
            socket.setSoTimeout(5000);
            socket.setSSLParameters(limits(socket.getSSLParameters(), w[3], w[4], true));
            socket.startHandshake();
        } catch (Exception refused) {
            System.err.println(refused);
        }
    }

    public static void main(String[] args) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] w = line.split(" ");
            if (w[0].equals("server")) {
                System.out.println("port " + serve(w));
            } else {
                connect(w);
                System.out.println("done");
            }
        }
    }
}
