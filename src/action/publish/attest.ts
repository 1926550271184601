// Build provenance of what was built: a signed statement in GitHub's list of attestations, for `gh attestation verify`.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Secrets } from "../../core/secrets.ts";
import { readMessage } from "../../diagnostic/build-error.ts";
import type { Diagnostic } from "../../diagnostic/diagnostic.ts";
import type { Host } from "../../host/host.ts";
import type { Log } from "../log/log.ts";
import type { ArtifactRecord } from "../result/artifact-records.ts";
import { untilAborted } from "../runner/cancelled-wait.ts";
import { explainAbsence } from "../runner/service-absence.ts";
import { listSubjects, type Subject } from "./attest-subjects.ts";

/** GitHub takes no more in one statement. */
const MOST_SUBJECTS = 1024;

export interface AttestRequest {
  readonly artifacts: readonly ArtifactRecord[];
  /** Token of the job, which may write attestations. */
  readonly token: string;
  readonly host: Host;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Pick<Log, "apart" | "diagnostics" | "now">;
  readonly secrets: Secrets;
  /** What is not attested by then stays so. */
  readonly signal: AbortSignal;
}

/** One attestation, as later steps read it. */
export interface Attestation {
  readonly id: string;
  readonly url: string;
  /** The signed statement, which can be verified without GitHub's list. */
  readonly bundlePath: string;
}

export interface Attestations {
  readonly attested: readonly Attestation[];
  readonly failed: boolean;
}

/** Attests everything that was built. Nothing is thrown: what goes wrong is shown. */
export async function attestBuilds(request: AttestRequest): Promise<Attestations> {
  const { artifacts, env, host, log, secrets, signal } = request;
  const missing = explainAbsence(env, "ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN");
  if (missing !== undefined) {
    log.diagnostics([reportUnavailable(missing)], new Map());
    return { attested: [], failed: false };
  }
  const attested: Attestation[] = [];
  try {
    // The log of attestations is public.
    const subjects = (await listSubjects(artifacts, host.cwd)).map((subject) => ({
      ...subject,
      name: secrets.filterName(subject.name),
    }));
    if (subjects.length === 0) {
      log.now("There is nothing to attest: what was built has no digest.");
    }
    for (let at = 0; at < subjects.length && !signal.aborted; at += MOST_SUBJECTS) {
      const one = await untilAborted(attestOne(subjects.slice(at, at + MOST_SUBJECTS), request), signal, host.clock);
      if (one !== undefined) {
        attested.push(one);
      }
    }
  } catch (thrown) {
    log.diagnostics([attestFailed(thrown)], new Map());
    return { attested, failed: true };
  }
  return { attested, failed: false };
}

async function attestOne(subjects: readonly Subject[], request: AttestRequest): Promise<Attestation> {
  const { env, host, log, token, signal } = request;
  const repository = env["GITHUB_REPOSITORY"] ?? "";
  const [{ attestProvenance }, { request: ask }] = await Promise.all([
    import("@actions/attest"),
    import("../../driver/github/request.ts"),
  ]);
  const mutable = subjects.map(({ name, digest }) => ({ name, digest: { ...digest } }));
  // Stored here and not by the toolkit, whose client does not know its way through a proxy.
  const signed = await log.apart("Attest what was built", () =>
    attestProvenance({ subjects: mutable, token, skipWrite: true }),
  );
  const access = { apiUrl: env["GITHUB_API_URL"] || "https://api.github.com", token, repository };
  const asking = {
    method: "POST" as const,
    path: `/repos/${repository.split("/").map(encodeURIComponent).join("/")}/attestations`,
    body: { bundle: signed.bundle },
    permission: "attestations: write",
    purpose: "store an attestation",
  };
  const { body } = await ask(access, asking, host, signal);
  const id = String((body as { readonly id?: unknown } | null)?.id ?? "");
  const url = `${env["GITHUB_SERVER_URL"] || "https://github.com"}/${repository}/attestations/${id}`;
  const bundlePath = join(env["RUNNER_TEMP"] || host.tempDir, `packer-attestation-${host.random.uuid()}.sigstore.json`);
  await writeFile(bundlePath, `${JSON.stringify(signed.bundle)}\n`);
  log.now(`Attested ${subjects.length} digest${subjects.length === 1 ? "" : "s"}: ${url}`);
  return { id, url, bundlePath };
}

const PERMISSIONS =
  'Give the job "id-token: write" and "attestations: write" under "permissions". Pull requests from forks never have them.';

function reportUnavailable(detail: string): Diagnostic {
  return {
    code: "action/attest-unavailable",
    severity: "warning",
    summary: "Nothing was attested: this job cannot prove who it is",
    detail,
    hint: PERMISSIONS,
  };
}

function attestFailed(thrown: unknown): Diagnostic {
  return {
    code: "action/attest-failed",
    severity: "error",
    summary: "What was built could not be attested",
    detail: readMessage(thrown),
    hint: `What was built is still there. ${PERMISSIONS}`,
  };
}
