// Logs in at the server of the first argument with simple-oauth2, and prints what came of it as JSON.
const { AuthorizationCode, ClientCredentials } = require("simple-oauth2");

const host = process.argv[2];
const client = { id: "1000.MOCKCLIQ", secret: "mockcliq-secret" };
const auth = { tokenHost: host, tokenPath: "/oauth/v2/token", revokePath: "/oauth/v2/token/revoke" };
const redirect_uri = "http://localhost:8765/callback";

async function list(token) {
  const headers = { Authorization: `Bearer ${token.token.access_token}` };
  return (await fetch(`${host}/api/v2/chats`, { headers })).status;
}

async function main() {
  const library = new AuthorizationCode({ client, auth: { ...auth, authorizePath: "/oauth/v2/auth" } });
  const scope = ["ZohoCliq.Chats.READ", "ZohoCliq.Chats.UPDATE"];
  const asked = library.authorizeURL({ redirect_uri, scope, state: "s", access_type: "offline", prompt: "none" });
  const back = await fetch(asked, { redirect: "manual" });
  const code = new URL(back.headers.get("location")).searchParams.get("code");
  const first = await library.getToken({ code, redirect_uri });
  const second = await first.refresh();
  const own = await new ClientCredentials({ client, auth: { tokenHost: host, tokenPath: "/oauth/v2/token" } }).getToken({
    scope: "ZohoCliq.Chats.READ",
  });
  const listed = [await list(first), await list(second), await list(own)];
  await second.revoke("access_token");
  listed.push(await list(second));
  console.log(JSON.stringify({ listed, scope: first.token.scope }));
}

main();
