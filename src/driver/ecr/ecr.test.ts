import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fakeClock, fakeHost, quickClock } from "../../../test/fakes/host.ts";
import { rejectsWith } from "../../../test/rejects.ts";
import { httpServer } from "../../../test/servers/http.ts";
import { fetchEcrLogin } from "./ecr.ts";

const never = new AbortController().signal;
const access = { accessKey: "AKIDEXAMPLE", secretKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };
const server = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";
const token = Buffer.from("AWS:pass:word").toString("base64");

/** A host whose requests are answered by the test; the clock says 2024-01-02 03:04:05. */
function hostWith(
  answer: Response | Error | (() => Response),
  asked: { url: string; headers: Record<string, string>; body: string }[] = [],
) {
  return fakeHost({
    // Only what asks again needs time that passes.
    clock: typeof answer === "function" ? quickClock() : fakeClock("manual"),
    network: {
      async fetch(url, init) {
        asked.push({ url: String(url), headers: init?.headers as Record<string, string>, body: String(init?.body) });
        if (answer instanceof Error) {
          throw answer;
        }
        return typeof answer === "function" ? answer() : answer;
      },
    },
  });
}

describe("driver/ecr", () => {
  test("the request for a private registry is the one that AWS's own library signs", async () => {
    const asked: { url: string; headers: Record<string, string>; body: string }[] = [];
    const login = await fetchEcrLogin(
      hostWith(Response.json({ authorizationData: [{ authorizationToken: token }] }), asked),
      server,
      access,
      never,
    );
    assert.deepEqual(login, { username: "AWS", password: "pass:word" });
    assert.equal(asked[0]?.url, "https://api.ecr.eu-west-1.amazonaws.com/");
    assert.equal(asked[0]?.body, '{"registryIds":["123456789012"]}');
    // The signature was computed with botocore for the same request at the same time.
    assert.equal(
      asked[0]?.headers["authorization"],
      "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20240102/eu-west-1/ecr/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-target, " +
        "Signature=5c34d03f09d411535c01f7ae27deab18431b9507710d86756163a6db2110eeb0",
    );
  });

  test("registries in China, behind FIPS and public ones have addresses of their own", async () => {
    const addresses = [
      [
        "https://1.dkr.ecr.cn-north-1.amazonaws.com.cn/repo",
        false,
        "https://api.ecr.cn-north-1.amazonaws.com.cn/",
        "cn-north-1/ecr/",
      ],
      ["1.dkr.ecr-fips.us-east-1.amazonaws.com", false, "https://ecr-fips.us-east-1.amazonaws.com/", "us-east-1/ecr/"],
      ["public.ecr.aws", false, "https://api.ecr-public.us-east-1.amazonaws.com/", "us-east-1/ecr-public/"],
      ["mirror.example", true, "https://api.ecr-public.us-east-1.amazonaws.com/", "us-east-1/ecr-public/"],
    ] as const;
    for (const [name, publicRegistry, url, scope] of addresses) {
      const asked: { url: string; headers: Record<string, string>; body: string }[] = [];
      const answer = Response.json({
        authorizationData: publicRegistry ? { authorizationToken: token } : [{ authorizationToken: token }],
      });
      await fetchEcrLogin(hostWith(answer, asked), name, { ...access, publicRegistry }, never);
      assert.equal(asked[0]?.url, url);
      assert.ok(asked[0]?.headers["authorization"]?.includes(scope));
    }
  });

  test("an endpoint of the environment is asked instead, over a real connection", async (t) => {
    const endpoint = await httpServer(t, () => ({ body: { authorizationData: [{ authorizationToken: token }] } }));
    const host = fakeHost({ env: { AWS_ENDPOINT_URL_ECR: endpoint.url }, network: "real" });
    assert.equal((await fetchEcrLogin(host, server, { ...access, token: "session" }, never)).password, "pass:word");
    const headers = endpoint.asked[0]?.headers;
    assert.equal(headers?.["x-amz-target"], "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken");
    assert.equal(headers?.["x-amz-security-token"], "session");
  });

  test("a server that is not ECR's is named before anything is asked", async () => {
    for (const wrong of [
      "docker.io",
      "123.dkr.ecr.eu-west-1.example.com",
      "evil.com/1.dkr.ecr.eu-west-1.amazonaws.com",
    ]) {
      const asked: never[] = [];
      await rejectsWith(fetchEcrLogin(hostWith(new Error("asked"), asked), wrong, access, never), {
        code: "ecr/server",
        message: new RegExp(`^Failed to parse the ECR URL: ${wrong}`),
      });
      assert.deepEqual(asked, []);
    }
  });

  test("a refusal is told with AWS's reason, and no credentials with where they were looked for", async () => {
    const refusal = new Response('{"__type":"com.amazon#AccessDeniedException","message":"not authorized"}', {
      status: 400,
    });
    await rejectsWith(fetchEcrLogin(hostWith(refusal), server, access, never), {
      code: "ecr/token",
      failure: "auth",
      message: /AccessDeniedException: not authorized/,
    });
    const busy = (): Response => new Response("<html>", { status: 503 });
    await rejectsWith(fetchEcrLogin(hostWith(busy), server, access, never), {
      code: "ecr/token",
      failure: "network",
      message: /HTTP status 503/,
    });
    await rejectsWith(fetchEcrLogin(hostWith(new Error("getaddrinfo ENOTFOUND")), server, access, never), {
      code: "ecr/token",
      failure: "network",
      message: /could not be reached at api\.ecr\.eu-west-1\.amazonaws\.com\ngetaddrinfo ENOTFOUND/,
    });
    await rejectsWith(fetchEcrLogin(hostWith(new Error("none")), server, {}, never), { code: "aws/credentials" });
    for (const empty of [{}, { authorizationData: [] }, { authorizationData: [{ authorizationToken: "bm8=" }] }]) {
      await rejectsWith(fetchEcrLogin(hostWith(Response.json(empty)), server, access, never), {
        code: "ecr/token",
        message: /holds no login/,
      });
    }
    await rejectsWith(fetchEcrLogin(hostWith(new Response("not JSON")), server, access, never), {
      code: "ecr/token",
      message: /holds no login/,
    });
  });
});
