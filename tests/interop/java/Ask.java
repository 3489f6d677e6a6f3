import java.io.BufferedReader;
import java.io.InputStreamReader;

/** Lines in: issuer, audience, client id, permission, nonce; then `access TOKEN` or `id TOKEN`. Lines out: `yes SUB` or `no WHY`. */
public final class Ask {
  public static void main(String[] words) throws Exception {
    var in = new BufferedReader(new InputStreamReader(System.in));
    var tokens = new Tokens(in.readLine(), in.readLine(), in.readLine());
    String permission = in.readLine(), nonce = in.readLine();
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      var said = line.split(" ");
      try {
        var subject = said[0].equals("access")
            ? tokens.accessToken(said[1], permission).getSubject()
            : tokens.idToken(said[1], nonce).getSubject().getValue();
        System.out.println("yes " + subject);
      } catch (Exception refused) {
        System.out.println("no " + refused.getMessage());
      }
    }
  }
}
