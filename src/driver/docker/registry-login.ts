// Who to log in to a registry as: what the user gave, or what Amazon ECR hands out for AWS credentials.
import type { Host } from "../../host/host.ts";
import { type LoginScope, type RegistryLogin, whileLoggedIn } from "./login.ts";
import type { DockerProgram } from "./program.ts";

/** The user's options. */
export interface RegistryAccess {
  readonly login: boolean;
  readonly login_username: string | undefined;
  readonly login_password: string | undefined;
  readonly login_server: string | undefined;
  readonly ecr_login: boolean;
  readonly aws_access_key: string | undefined;
  readonly aws_secret_key: string | undefined;
  readonly aws_token: string | undefined;
  readonly aws_profile: string | undefined;
  readonly aws_force_use_public_ecr: boolean;
}

interface Scope extends LoginScope {
  readonly host: Host;
  hide(secret: string): void;
}

/** Calls `body` with a docker program that is logged in as far as the user wants it. */
export async function withRegistryAccess<T>(
  scope: Scope,
  program: DockerProgram,
  access: RegistryAccess,
  body: (program: DockerProgram) => Promise<T>,
): Promise<T> {
  if (!access.login && !access.ecr_login) {
    return body(program);
  }
  return whileLoggedIn(scope, program, await loginOf(scope, access), body);
}

async function loginOf(scope: Scope, access: RegistryAccess): Promise<RegistryLogin> {
  const server = access.login_server ?? "";
  if (!access.ecr_login) {
    return { username: access.login_username ?? "", password: access.login_password ?? "", server };
  }
  scope.ui.message("Fetching ECR credentials...");
  const keys = {
    accessKey: access.aws_access_key,
    secretKey: access.aws_secret_key,
    token: access.aws_token,
    profile: access.aws_profile,
    publicRegistry: access.aws_force_use_public_ecr,
  };
  const { ecrLogin } = await import("../ecr/ecr.ts");
  const login = await ecrLogin(scope.host, server, keys, scope.signal);
  scope.hide(login.password);
  return { ...login, server };
}
