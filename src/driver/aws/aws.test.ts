import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { type FakeHost, fakeHost } from "../../../test/fakes/host.ts";
import { rejectsWith } from "../../../test/rejects.ts";
import { httpServer } from "../../../test/servers/http.ts";
import { findCredentials } from "./credentials.ts";
import { findRegion } from "./region.ts";
import { signHeaders } from "./sign.ts";

const NEVER = new AbortController().signal;
/** Nothing answers there, at once. */
const NO_METADATA = { AWS_EC2_METADATA_SERVICE_ENDPOINT: "http://127.0.0.1:1" };

let homeDir: string;
before(async () => {
  homeDir = await mkdtemp(join(tmpdir(), "aws-test-"));
  await mkdir(join(homeDir, ".aws"));
  await writeFile(
    join(homeDir, ".aws", "credentials"),
    "# keys\n[default]\naws_access_key_id = ID1\naws_secret_access_key=secret=1\n\n[ci]\naws_access_key_id=ID2\naws_secret_access_key=s2\naws_session_token=t2\n[half]\naws_access_key_id=ID3\n",
  );
  await writeFile(
    join(homeDir, ".aws", "config"),
    "[default]\nregion = eu-west-1\n[profile ci]\nregion=us-west-2\n[profile  only-config]\naws_access_key_id=ID4\naws_secret_access_key=s4\n[profile role]\nrole_arn=arn:aws:iam::1:role/x\n",
  );
});
after(() => rm(homeDir, { recursive: true }));

function hostWith(env: Record<string, string>, home = homeDir): FakeHost {
  return fakeHost({ env: { ...NO_METADATA, ...env }, homeDir: home, network: "real" });
}

describe("driver/aws: signature version 4", () => {
  // From AWS's published test suite.
  const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };
  const scope = { region: "us-east-1", service: "service" };
  const at = Date.UTC(2015, 7, 30, 12, 36, 0);
  const cases = [
    ["get-vanilla", "GET", "/", {}, "", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"],
    [
      "get-vanilla-query-order-key-case",
      "GET",
      "/?Param2=value2&Param1=value1",
      {},
      "",
      "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
    ],
    ["post-vanilla", "POST", "/", {}, "", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"],
    [
      "post-x-www-form-urlencoded",
      "POST",
      "/",
      { "content-type": "application/x-www-form-urlencoded" },
      "Param1=value1",
      "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
    ],
    [
      "get-header-value-trim",
      "GET",
      "/",
      { "my-header1": " value1", "my-header2": ' "a   b   c"' },
      "",
      "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
    ],
  ] as const;
  for (const [name, method, path, headers, body, signature] of cases) {
    it(`signs ${name} as AWS publishes it`, () => {
      const url = new URL(path, "https://example.amazonaws.com");
      const { authorization } = signHeaders({ method, url, headers, body }, scope, credentials, at);
      assert.match(
        authorization ?? "",
        new RegExp(
          `^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, .*Signature=${signature}$`,
        ),
      );
    });
  }

  it("a session token is sent and signed", () => {
    const request = { method: "GET", url: new URL("https://example.amazonaws.com/"), headers: {}, body: "" };
    const headers = signHeaders(request, scope, { ...credentials, sessionToken: "token" }, at);
    assert.equal(headers["x-amz-security-token"], "token");
    assert.match(headers["authorization"] ?? "", /SignedHeaders=host;x-amz-date;x-amz-security-token,/);
  });
});

describe("driver/aws: credentials", () => {
  it("come from what is given, then the environment, then the profile", async () => {
    const env = { AWS_ACCESS_KEY_ID: "E", AWS_SECRET_ACCESS_KEY: "es", AWS_SESSION_TOKEN: "et" };
    assert.deepEqual(await findCredentials(hostWith(env), { accessKey: "G", secretKey: "gs" }, NEVER), {
      accessKeyId: "G",
      secretAccessKey: "gs",
    });
    assert.deepEqual(await findCredentials(hostWith(env), {}, NEVER), {
      accessKeyId: "E",
      secretAccessKey: "es",
      sessionToken: "et",
    });
    assert.deepEqual(await findCredentials(hostWith(env), { profile: "ci" }, NEVER), {
      accessKeyId: "ID2",
      secretAccessKey: "s2",
      sessionToken: "t2",
    });
    assert.deepEqual(await findCredentials(hostWith({}), {}, NEVER), {
      accessKeyId: "ID1",
      secretAccessKey: "secret=1",
    });
    for (const name of ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"]) {
      assert.deepEqual(await findCredentials(hostWith({ [name]: "only-config" }), {}, NEVER), {
        accessKeyId: "ID4",
        secretAccessKey: "s4",
      });
    }
  });

  it("half of a pair is an error that says so", async () => {
    const half = { code: "aws/credentials", message: /Only one of/ };
    await rejectsWith(findCredentials(hostWith({ AWS_ACCESS_KEY_ID: "E" }), {}, NEVER), half);
    await rejectsWith(findCredentials(hostWith({}), { secretKey: "s" }, NEVER), half);
    await rejectsWith(findCredentials(hostWith({ AWS_PROFILE: "half" }), {}, NEVER), half);
  });

  it("a profile without keys is named", async () => {
    for (const profile of ["role", "unknown"]) {
      await rejectsWith(findCredentials(hostWith({ AWS_PROFILE: profile }), {}, NEVER), {
        code: "aws/credentials",
        message: new RegExp(`profile "${profile}"`),
      });
    }
  });

  it("come from a container's role", async (t) => {
    const server = await httpServer(t, () => ({ body: { AccessKeyId: "C", SecretAccessKey: "cs", Token: "ct" } }));
    const env = {
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${server.url}/role`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN: "Bearer x",
    };
    assert.deepEqual(await findCredentials(hostWith(env, "/none"), {}, NEVER), {
      accessKeyId: "C",
      secretAccessKey: "cs",
      sessionToken: "ct",
    });
    assert.equal(server.asked[0]?.headers.authorization, "Bearer x");
  });

  it("and the region come from the machine's metadata, version 2", async (t) => {
    const server = await httpServer(t, ({ method, url, headers }) => {
      if (method === "PUT" && url === "/latest/api/token") {
        return { body: "session" };
      }
      if (headers["x-aws-ec2-metadata-token"] !== "session") {
        return { status: 401 };
      }
      if (url === "/latest/meta-data/iam/security-credentials/") {
        return { body: "builder\n" };
      }
      if (url === "/latest/meta-data/iam/security-credentials/builder") {
        return { body: { AccessKeyId: "M", SecretAccessKey: "ms", Token: "mt" } };
      }
      return url === "/latest/meta-data/placement/region" ? { body: "ap-south-1" } : { status: 404 };
    });
    const env = { AWS_EC2_METADATA_SERVICE_ENDPOINT: server.url };
    assert.deepEqual(await findCredentials(hostWith(env, "/none"), {}, NEVER), {
      accessKeyId: "M",
      secretAccessKey: "ms",
      sessionToken: "mt",
    });
    assert.equal(await findRegion(hostWith(env, "/none"), NEVER), "ap-south-1");
    await rejectsWith(findRegion(hostWith({ ...env, AWS_EC2_METADATA_DISABLED: "true" }, "/none"), NEVER), {
      code: "aws/region",
    });
  });

  it("nobody having any is an error that says what to set", async () => {
    const error = await rejectsWith(findCredentials(hostWith({}, "/none"), {}, NEVER), { code: "aws/credentials" });
    assert.match(error.diagnostics[0]?.hint ?? "", /AWS_ACCESS_KEY_ID/);
    const noRegion = await rejectsWith(findRegion(hostWith({}, "/none"), NEVER), { code: "aws/region" });
    assert.match(noRegion.diagnostics[0]?.hint ?? "", /AWS_REGION/);
  });

  it("the region comes from the environment, then the profile", async () => {
    assert.equal(await findRegion(hostWith({ AWS_REGION: "a", AWS_DEFAULT_REGION: "b" }), NEVER), "a");
    assert.equal(await findRegion(hostWith({ AWS_DEFAULT_REGION: "b" }), NEVER), "b");
    assert.equal(await findRegion(hostWith({}), NEVER), "eu-west-1");
    assert.equal(await findRegion(hostWith({ AWS_PROFILE: "ci" }), NEVER), "us-west-2");
  });
});
