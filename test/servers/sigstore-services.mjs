// Loaded into the action's own process by `--import`: Sigstore's services and GitHub's keys under their real names, answered in the process.
import { createRequire } from "node:module";
import { mockFulcio, mockRekor, mockTSA } from "@sigstore/mock";

// The mocks answer by way of this one, and two of them would not know of each other.
const nock = createRequire(createRequire(import.meta.url).resolve("@sigstore/mock"))("nock");

const issuer = "https://token.actions.githubusercontent.com";
nock(issuer)
  .get("/.well-known/openid-configuration")
  .reply(200, { jwks_uri: `${issuer}/.well-known/jwks` })
  .get("/.well-known/jwks")
  .reply(200, process.env["TEST_JWKS"]);

await mockFulcio({ baseURL: "https://fulcio.githubapp.com" });
await mockTSA({ baseURL: "https://timestamp.githubapp.com" });
await mockFulcio({ baseURL: "https://fulcio.sigstore.dev" });
await mockRekor({ baseURL: "https://rekor.sigstore.dev" });
