// Being logged in to a registry while something is pulled or pushed, and never longer.
import { failure } from "../../diagnostic/build-error.ts";
import { copyClientConfig } from "./client-config.ts";
import { isUnreachable } from "./hints.ts";
import { type DockerProgram, explainFailure, runDocker } from "./program.ts";

/** Who to log in as, and where. Docker Hub without a server. */
export interface RegistryLogin {
  readonly username: string;
  readonly password: string;
  readonly server: string;
}

/** What is needed of a run: a folder that is not left behind, and somebody to tell. */
export interface LoginScope {
  readonly signal: AbortSignal;
  readonly ui: { message(text: string): void };
  temporaryFolder(prefix: string): Promise<string>;
  remove(folder: string): Promise<void>;
}

/**
 * Logs in, calls `body` with a docker program that is logged in, logs out. As Packer, with settings in a folder of their own;
 * unlike Packer also when `DOCKER_CONFIG` is set, so that a run leaves no login behind and builds side by side do not log each other out.
 */
export async function runLoggedIn<T>(
  scope: LoginScope,
  program: DockerProgram,
  login: RegistryLogin,
  body: (program: DockerProgram) => Promise<T>,
): Promise<T> {
  scope.ui.message("Creating temporary Docker configuration directory");
  const config = await scope.temporaryFolder("packer-docker-config");
  await copyClientConfig(program.host, config, login.server);
  const own = { ...program, config };
  scope.ui.message("Logging in...");
  await logIn(scope, own, login);
  try {
    return await body(own);
  } finally {
    await logOut(scope, own, login.server);
    scope.ui.message("Removing temporary Docker configuration directory");
    await scope.remove(config);
  }
}

async function logIn(
  scope: LoginScope,
  program: DockerProgram,
  { username, password, server }: RegistryLogin,
): Promise<void> {
  const args = [
    "login",
    ...(username ? ["-u", username] : []),
    ...(password ? ["--password-stdin"] : []),
    ...(server ? [server] : []),
  ];
  const result = await runDocker(program, args, { input: password, signal: scope.signal });
  for (const line of splitLines(`${result.stdout}\n${result.stderr}`)) {
    if (!isStorageAdvice(line)) {
      scope.ui.message(line);
    }
  }
  if (result.code === 0) {
    return;
  }
  const error = await explainFailure(
    program,
    { kind: "auth", code: "docker/login", summary: "Error logging in" },
    result,
  );
  throw error.diagnostics[0]?.code === "docker/login" ? explainRefusal(result.stderr.trim(), server) : error;
}

function explainRefusal(detail: string, server: string): Error {
  if (isUnreachable(detail)) {
    return failure("network", "docker/login", `Error logging in to ${server || "Docker Hub"}`, {
      detail,
      hint: "The registry cannot be reached: check the connection, a proxy, login_server, and whether it speaks HTTPS.",
    });
  }
  return failure("auth", "docker/login", `Error logging in to ${server || "Docker Hub"}`, {
    detail,
    hint: "Check login_server, login_username and login_password.",
  });
}

/** The settings are thrown away with their folder, so a log-out that fails leaves nothing. */
async function logOut(scope: LoginScope, program: DockerProgram, server: string): Promise<void> {
  scope.ui.message("Logging out...");
  const result = await runDocker(program, ["logout", ...(server ? [server] : [])]).catch(() => undefined);
  for (const line of splitLines(result?.stdout ?? "")) {
    scope.ui.message(line);
  }
}

/** Advice to set up a credential helper says nothing about a folder that is about to be removed. */
function isStorageAdvice(line: string): boolean {
  return /stored unencrypted in|credential helper|go\/credential-store|credentials-store/.test(line);
}

function splitLines(text: string): readonly string[] {
  return text
    .split("\n")
    .map((line) => line.trimEnd())
    .filter((line) => line !== "");
}
