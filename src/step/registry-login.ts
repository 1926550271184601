// Logging in to an image registry: as what the user says, or as Amazon ECR says for AWS credentials.
import { type RegistryLogin, runLoggedIn } from "../driver/docker/login.ts";
import type { DockerProgram } from "../driver/docker/program.ts";
import type { LookRun } from "../sdk/builder.ts";
import type { PrepareContext } from "../sdk/component.ts";
import { type ConfigOf, option } from "../sdk/option.ts";

const options = Object.freeze({
  login: option.bool({
    description: "Log in to `login_server` with `login_username` and `login_password` first, and log out afterwards.",
    default: false,
  }),
  login_username: option.string({ description: "The user to log in as.", example: "octocat" }),
  login_password: option.string({ description: "The password, or a token, to log in with.", sensitive: true }),
  login_server: option.string({ description: "The registry to log in to. Docker Hub unless set.", example: "ghcr.io" }),
  ecr_login: option.bool({
    description:
      "Log in to Amazon ECR: user and password are fetched with AWS credentials. `login_server` must be set, such as `123456789012.dkr.ecr.eu-west-1.amazonaws.com`.",
    default: false,
  }),
  aws_access_key: option.string({
    description: "AWS access key for `ecr_login`. Looked for where AWS's tools do unless set.",
  }),
  aws_secret_key: option.string({ description: "AWS secret key for `ecr_login`.", sensitive: true }),
  aws_token: option.string({ description: "AWS session token for `ecr_login`, for temporary keys.", sensitive: true }),
  aws_profile: option.string({ description: "Profile of the shared AWS credentials file for `ecr_login`." }),
  aws_force_use_public_ecr: option.bool({
    description: "Treat `login_server` as the public registry, `public.ecr.aws`, whatever it is called.",
    default: false,
  }),
});

type Config = ConfigOf<typeof options>;

/** How to log in before an image is pulled or pushed. */
export const registryLoginStep = Object.freeze({
  options,
  check(config: Pick<Config, "ecr_login" | "login_server">, context: PrepareContext): void {
    if (!config.ecr_login || config.login_server || context.isPending("login_server")) {
      return;
    }
    context.problem("ecr_login", "ECR login requires login server to be provided.", {
      hint: 'Set "login_server", such as 123456789012.dkr.ecr.eu-west-1.amazonaws.com.',
    });
  },
});

/** Calls `body` with a docker program that is logged in as far as the user wants it. */
export async function withRegistryAccess<T>(
  run: LookRun,
  program: DockerProgram,
  config: Config,
  body: (program: DockerProgram) => Promise<T>,
): Promise<T> {
  if (!config.login && !config.ecr_login) {
    return body(program);
  }
  return runLoggedIn(run, program, await findLogin(run, config), body);
}

async function findLogin(run: LookRun, config: Config): Promise<RegistryLogin> {
  const server = config.login_server ?? "";
  if (!config.ecr_login) {
    return { username: config.login_username ?? "", password: config.login_password ?? "", server };
  }
  run.ui.message("Fetching ECR credentials...");
  const keys = {
    accessKey: config.aws_access_key,
    secretKey: config.aws_secret_key,
    token: config.aws_token,
    profile: config.aws_profile,
    publicRegistry: config.aws_force_use_public_ecr,
  };
  const { fetchEcrLogin } = await import("../driver/ecr/ecr.ts");
  const login = await fetchEcrLogin(run.host, server, keys, run.signal);
  run.hide(login.password);
  return { ...login, server };
}
