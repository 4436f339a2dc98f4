// SPDX-License-Identifier: Apache-2.0
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.KeyStore;
import java.security.Security;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/**
 * usage: Jsse client|server PORT [protocols=A,B] [suites=A,B] [alpn=A,B] [store=FILE.p12] [legacy=1]
 * One exchange of lines. `legacy=1` clears Java's lists of disabled algorithms (SSLv3, RC4, 3DES).
 * The server serves until its stdin ends.
 */
public final class Jsse {
    private static final char[] PASSWORD = "akushu".toCharArray();

    private static String option(String[] args, String name) {
        return Arrays.stream(args).filter(a -> a.startsWith(name + "=")).map(a -> a.substring(name.length() + 1)).findFirst().orElse(null);
    }

    private static SSLContext context(String store) throws Exception {
        KeyManagerFactory keys = KeyManagerFactory.getInstance("SunX509");
        if (store != null) {
            KeyStore p12 = KeyStore.getInstance("PKCS12");
            try (InputStream in = new FileInputStream(store)) {
                p12.load(in, PASSWORD);
            }
            keys.init(p12, PASSWORD);
        }
        TrustManager anyone = new X509TrustManager() {
            public void checkClientTrusted(X509Certificate[] chain, String type) { }
            public void checkServerTrusted(X509Certificate[] chain, String type) { }
            public X509Certificate[] getAcceptedIssuers() {
                return new X509Certificate[0];
            }
        };
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(store != null ? keys.getKeyManagers() : null, new TrustManager[] {anyone}, null);
        return context;
    }

    private static void apply(SSLParameters parameters, String[] args) {
        String alpn = option(args, "alpn");
        if (option(args, "protocols") != null)
            parameters.setProtocols(option(args, "protocols").split(","));
        if (option(args, "suites") != null)
            parameters.setCipherSuites(option(args, "suites").split(","));
        if (alpn != null)
            parameters.setApplicationProtocols(alpn.split(","));
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder text = new StringBuilder();
        for (int c = in.read(); c >= 0 && c != '\n'; c = in.read())
            text.append((char) c);
        return text.toString();
    }

    private static void client(SSLContext context, String[] args) throws Exception {
        try (SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", Integer.parseInt(args[1]))) {
            SSLParameters parameters = socket.getSSLParameters();
            apply(parameters, args);
            socket.setSSLParameters(parameters);
            socket.startHandshake();
            System.out.println("connected " + socket.getSession().getProtocol() + " " + socket.getSession().getCipherSuite());
            socket.getOutputStream().write("hello\n".getBytes());
            System.out.println("answer " + line(socket.getInputStream()));
        } catch (IOException error) {
            System.out.println("error " + error);
        }
    }

    private static void serve(SSLSocket socket) {
        try (socket) {
            String text = line(socket.getInputStream());
            socket.getOutputStream().write((new StringBuilder(text).reverse() + "\n").getBytes());
            while (socket.getInputStream().read() >= 0) { }
        } catch (IOException error) {
            System.out.println("error " + error);
        }
    }

    private static void server(SSLContext context, String[] args) throws Exception {
        SSLServerSocket listener = (SSLServerSocket) context.getServerSocketFactory().createServerSocket(Integer.parseInt(args[1]));
        SSLParameters parameters = listener.getSSLParameters();
        apply(parameters, args);
        listener.setSSLParameters(parameters);
        Thread acceptor = new Thread(() -> {
            try {
                while (true) {
                    SSLSocket socket = (SSLSocket) listener.accept();
                    new Thread(() -> serve(socket)).start();
                }
            } catch (IOException error) {
                System.out.println("error " + error);
            }
        });
        acceptor.setDaemon(true);
        acceptor.start();
        while (System.in.read() >= 0) { }
        System.exit(0);
    }

    public static void main(String[] args) throws Exception {
        if ("1".equals(option(args, "legacy"))) {
            for (String name : new String[] {"jdk.tls.disabledAlgorithms", "jdk.certpath.disabledAlgorithms", "jdk.tls.legacyAlgorithms"})
                Security.setProperty(name, "");
        }
        SSLContext context = context(option(args, "store"));
        if (args[0].equals("server"))
            server(context, args);
        else
            client(context, args);
    }
}
