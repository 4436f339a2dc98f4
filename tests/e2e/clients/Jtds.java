// SPDX-License-Identifier: Apache-2.0
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** usage: Jtds URL   Logs in, runs a statement, closes; prints what a user would see. */
public final class Jtds {
    public static void main(String[] args) throws Exception {
        Class.forName("net.sourceforge.jtds.jdbc.Driver");
        try (Connection connection = DriverManager.getConnection(args[0], "sa", "Passw0rd!")) {
            System.out.println("connected");
            try (Statement statement = connection.createStatement()) {
                statement.execute("SET NOCOUNT ON");
                try (ResultSet rows = statement.executeQuery("SELECT @@VERSION")) {
                    while (rows.next())
                        System.out.println("row " + rows.getString(1));
                }
                System.out.println("queried");
            }
        } catch (SQLException error) {
            System.out.println("error " + error.getErrorCode() + ": " + error.getMessage());
            for (Throwable cause = error.getCause(); cause != null; cause = cause.getCause())
                System.out.println("cause " + cause);
        }
    }
}
