// Build provenance of what was built: the statement that is signed and stored, and what is said when the job may not.
// Sigstore's services are stood in for in the action's own process; GitHub's by a server of the test.
import assert from "node:assert/strict";
import { createHash, generateKeyPairSync, type KeyObject, sign, verify, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { buffer } from "node:stream/consumers";
import { describe, it, type TestContext } from "node:test";
import { needs } from "../needs.ts";
import { docker, removeImageAfter, startRegistry } from "../servers/docker-fixture.ts";
import { serve } from "../servers/listen.ts";
import { removeImage, testImage } from "./action-docker.ts";
import { fakeRunner } from "./action-runner.ts";
import { LANGUAGES, writeTemplate } from "./three-languages.ts";

const CLAIMS = {
  iss: "https://token.actions.githubusercontent.com",
  sub: "repo:acme/images:ref:refs/heads/main",
  ref: "refs/heads/main",
  sha: "f".repeat(40),
  repository: "acme/images",
  event_name: "push",
  job_workflow_ref: "acme/images/.github/workflows/build.yml@refs/heads/main",
  workflow_ref: "acme/images/.github/workflows/build.yml@refs/heads/main",
  repository_id: "1",
  repository_owner_id: "2",
  runner_environment: "github-hosted",
  run_id: "77",
  run_attempt: "2",
};

interface Bundle {
  readonly dsseEnvelope: {
    readonly payload: string;
    readonly payloadType: string;
    readonly signatures: readonly { readonly sig: string }[];
  };
  readonly verificationMaterial: {
    readonly certificate: { readonly rawBytes: string };
    readonly tlogEntries?: readonly unknown[] | undefined;
    readonly timestampVerificationData?: { readonly rfc3161Timestamps?: readonly unknown[] | undefined };
  };
}

interface Statement {
  readonly _type: string;
  readonly predicateType: string;
  readonly subject: readonly { readonly name: string; readonly digest: { readonly sha256: string } }[];
  readonly predicate: {
    readonly buildDefinition: {
      readonly externalParameters: unknown;
      readonly resolvedDependencies: readonly unknown[];
    };
    readonly runDetails: { readonly metadata: { readonly invocationId: string } };
  };
}

interface GitHub {
  readonly env: Readonly<Record<string, string>>;
  readonly stored: Bundle[];
}

function token(key: KeyObject, claims: object): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const head = `${part({ alg: "RS256", kid: "1", typ: "JWT" })}.${part(claims)}`;
  return `${head}.${sign("sha256", Buffer.from(head), key).toString("base64url")}`;
}

/** Hands out tokens of the job and stores attestations, or refuses to with `refusal`. */
async function gitHub(test: TestContext, refusal?: number): Promise<GitHub> {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const stored: Bundle[] = [];
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? "", "http://github");
    const body = (await buffer(request)).toString();
    const answer = (status: number, value: object): void => void response.writeHead(status).end(JSON.stringify(value));
    const now = Math.floor(Date.now() / 1000);
    if (url.pathname === "/token" && request.headers.authorization === "Bearer request-token") {
      answer(200, {
        value: token(privateKey, { ...CLAIMS, aud: url.searchParams.get("audience"), iat: now, exp: now + 600 }),
      });
    } else if (url.pathname === "/repos/acme/images/attestations" && refusal === undefined) {
      stored.push((JSON.parse(body) as { bundle: Bundle }).bundle);
      answer(201, { id: 42 });
    } else {
      answer(refusal ?? 404, { message: "Resource not accessible by integration" });
    }
  });
  const origin = await serve(test, server);
  const env = {
    ACTIONS_ID_TOKEN_REQUEST_URL: `${origin}/token?api-version=2`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: "request-token",
    GITHUB_API_URL: origin,
    GITHUB_SERVER_URL: "https://github.com",
    GITHUB_REPOSITORY: "acme/images",
    GITHUB_RUN_ID: "77",
    NODE_OPTIONS: `--import ${new URL("../servers/sigstore-services.mjs", import.meta.url).href}`,
    TEST_JWKS: JSON.stringify({
      keys: [{ ...publicKey.export({ format: "jwk" }), kid: "1", alg: "RS256", use: "sig" }],
    }),
  };
  return { env, stored };
}

/** The statement of a bundle, after its signature was found to be that of its certificate. */
function statementOf({ dsseEnvelope, verificationMaterial }: Bundle): Statement {
  const payload = Buffer.from(dsseEnvelope.payload, "base64");
  const { payloadType, signatures } = dsseEnvelope;
  const signed = Buffer.concat([
    Buffer.from(`DSSEv1 ${payloadType.length} ${payloadType} ${payload.length} `),
    payload,
  ]);
  const certificate = new X509Certificate(Buffer.from(verificationMaterial.certificate.rawBytes, "base64"));
  const signature = Buffer.from(signatures[0]?.sig ?? "", "base64");
  assert.ok(verify("sha256", signed, certificate.publicKey, signature), "the signature fits the certificate");
  return JSON.parse(payload.toString()) as Statement;
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const two = {
  builders: [
    { type: "file", name: "one", target: "out/one.txt", content: "1" },
    { type: "file", name: "two", target: "out/two.txt", content: "2" },
  ],
};

for (const language of LANGUAGES) {
  describe(`action/attest with ${language.name}`, () => {
    it("stores a signed SLSA statement about every file, with a timestamp, for a private repository", async (t) => {
      const { env, stored } = await gitHub(t);
      const runner = fakeRunner(t);
      const template = writeTemplate(runner, language, two);
      const result = await runner.run({ template, attest: "true", "github-token": "a-token-of-the-job" }, env);
      assert.equal(result.code, 0, result.stdout + result.stderr);
      assert.equal(stored.length, 1);
      const [bundle] = stored;
      assert.ok(bundle !== undefined);
      const statement = statementOf(bundle);
      assert.equal(statement._type, "https://in-toto.io/Statement/v1");
      assert.equal(statement.predicateType, "https://slsa.dev/provenance/v1");
      assert.deepEqual(statement.subject, [
        { name: "out/one.txt", digest: { sha256: sha256("1") } },
        { name: "out/two.txt", digest: { sha256: sha256("2") } },
      ]);
      assert.deepEqual(statement.predicate.buildDefinition.externalParameters, {
        workflow: {
          ref: "refs/heads/main",
          repository: "https://github.com/acme/images",
          path: ".github/workflows/build.yml",
        },
      });
      assert.deepEqual(statement.predicate.buildDefinition.resolvedDependencies, [
        { uri: "git+https://github.com/acme/images@refs/heads/main", digest: { gitCommit: CLAIMS.sha } },
      ]);
      assert.equal(
        statement.predicate.runDetails.metadata.invocationId,
        "https://github.com/acme/images/actions/runs/77/attempts/2",
      );
      assert.equal(bundle.verificationMaterial.timestampVerificationData?.rfc3161Timestamps?.length, 1);
      assert.equal(result.outputs["attestation-id"], "42");
      assert.equal(result.outputs["attestation-url"], "https://github.com/acme/images/attestations/42");
      assert.deepEqual(JSON.parse(readFileSync(result.outputs["attestation-bundle"] ?? "", "utf8")), bundle);
    });

    it("uses the public log for a public repository", async (t) => {
      const { env, stored } = await gitHub(t);
      const runner = fakeRunner(t);
      const template = writeTemplate(runner, language, two);
      runner.file("event.json", { repository: { visibility: "public" } });
      const event = { GITHUB_EVENT_PATH: `${runner.workspace}/event.json` };
      const result = await runner.run(
        { template, attest: "true", "github-token": "a-token-of-the-job" },
        { ...env, ...event },
      );
      assert.equal(result.code, 0, result.stdout + result.stderr);
      assert.equal(stored[0]?.verificationMaterial.tlogEntries?.length, 1);
    });

    it("attests a committed image by its id, and a pushed one by what the registry calls it", async (t) => {
      if (!needs(t, "docker")) {
        return;
      }
      const registry = await startRegistry(t);
      if (registry === undefined) {
        return;
      }
      const image = testImage();
      const name = `${registry.server}/team/web`;
      t.after(() => removeImage(image));
      removeImageAfter(t, `${name}:1`);
      const { env, stored } = await gitHub(t);
      const runner = fakeRunner(t);
      const builders = [{ type: "docker", name: "web", image, pull: false, commit: true }];
      const tag = { type: "docker-tag", repository: name, tags: ["1"] };
      const template = writeTemplate(runner, language, {
        builders,
        "post-processors": [[tag, { type: "docker-push" }]],
      });
      const result = await runner.run({ template, attest: "true", "github-token": "a-token-of-the-job" }, env);
      assert.equal(result.code, 0, result.stdout + result.stderr);
      const accept = "application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json";
      const digest =
        (await registry.get("/v2/team/web/manifests/1", { accept })).headers.get("docker-content-digest") ?? "";
      const artifacts = JSON.parse(result.outputs["artifacts"] ?? "") as {
        readonly id: string;
        readonly digest?: string | undefined;
      }[];
      assert.equal(artifacts.find((one) => one.digest !== undefined)?.digest, `${name}@${digest}`);
      assert.equal(result.outputs["digest"], digest);
      const imageId = docker(["image", "inspect", "--format", "{{.Id}}", `${name}:1`]).trim();
      assert.deepEqual(JSON.parse(result.outputs["image-ids"] ?? ""), { [language.build("web", "docker")]: imageId });
      const local = artifacts.find(({ id }) => id.startsWith("sha256:"))?.id ?? "";
      assert.ok(stored[0] !== undefined);
      const subjects = statementOf(stored[0]).subject.map(
        (subject) => `${subject.name}@sha256:${subject.digest.sha256}`,
      );
      assert.deepEqual(subjects.sort(), [`${name}@${digest}`, `${language.build("web", "docker")}@${local}`].sort());
    });

    it("names the two permissions where the job cannot prove who it is, and does not fail", async (t) => {
      const runner = fakeRunner(t);
      const template = writeTemplate(runner, language, two);
      const result = await runner.run({ template, attest: "true" });
      assert.equal(result.code, 0);
      assert.match(
        result.stdout,
        /^::warning .*Nothing was attested.*\[action\/attest-unavailable\].*id-token: write.*attestations: write/m,
      );
      assert.equal(result.outputs["attestation-id"], "");
    });

    it("fails the step with the permission that is missing when the statement cannot be stored", async (t) => {
      const { env } = await gitHub(t, 403);
      const runner = fakeRunner(t);
      const template = writeTemplate(runner, language, two);
      const result = await runner.run({ template, attest: "true", "github-token": "a-token-of-the-job" }, env);
      assert.equal(result.code, 1);
      assert.equal(result.outputs["outcome"], "built");
      assert.match(
        result.stdout,
        /^::error .*could not be attested +\[action\/attest-failed\].*not accessible by integration.*attestations: write/m,
      );
      assert.ok(
        !result.stdout.includes("a-token-of-the-job") || result.stdout.includes("::add-mask::a-token-of-the-job"),
      );
    });
  });
}
