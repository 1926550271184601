// Options of every component that logs in to an image registry.
import type { PrepareContext } from "../sdk/component.ts";
import { option } from "../sdk/option.ts";

/** How to log in before an image is pulled or pushed. */
export const registryLoginOptions = Object.freeze({
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

/** Reports what the schema cannot say about a login. */
export function checkRegistryLogin(
  config: { readonly ecr_login: boolean; readonly login_server: string | undefined },
  context: PrepareContext,
): void {
  if (!config.ecr_login || config.login_server || context.isPending("login_server")) {
    return;
  }
  context.problem("ecr_login", "ECR login requires login server to be provided.", {
    hint: 'Set "login_server", such as 123456789012.dkr.ecr.eu-west-1.amazonaws.com.',
  });
}
