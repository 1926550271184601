// What the options of the docker builder must fulfil together.
import { statSync } from "node:fs";
import { resolve } from "node:path";
import type { PrepareContext } from "../../sdk/component.ts";
import type { ConfigOf } from "../../sdk/option.ts";
import { checkOwnPath } from "../../step/own-path.ts";
import { registryLoginStep } from "../../step/registry-login.ts";
import { checkAll, type Step } from "../../step/step.ts";
import type { dockerOptions } from "./options.ts";

type Config = ConfigOf<typeof dockerOptions>;

const steps: readonly Step<Config>[] = [{ check: checkSource }, { check: checkOutcome }, registryLoginStep];

/** Reports every mistake. */
export function checkDocker(config: Config, context: PrepareContext): void {
  checkAll(steps, config, context);
  context.generates("ImageSha256", "SourceImageSha256", "SourceImageDigest");
}

function checkSource(config: Config, context: PrepareContext): void {
  if (!config.image && config.build === undefined && !context.isPending("image")) {
    context.problem(
      "",
      "missing 'image' attribute or 'build' section, either needs to be specified for a build to run.",
      {
        hint: 'Name an image to start from: "image": "debian:bookworm-slim".',
      },
    );
  }
  if (config.build === undefined || context.isPending("build.path")) {
    return;
  }
  const dockerfile = resolve(context.host.cwd, config.build.path);
  const refusal = context.host.files.refusal(dockerfile);
  if (refusal !== undefined) {
    context.problem("build.path", `The Dockerfile ${config.build.path} may not be read: it ${refusal.reason}.`, {
      hint: refusal.hint,
    });
    return;
  }
  if (isKind(dockerfile, "isFile")) {
    return;
  }
  context.problem("build.path", `The Dockerfile ${config.build.path} is not there or not a regular file.`, {
    hint: `Paths are relative to the current folder, ${context.host.cwd}.`,
  });
}

function checkOutcome(config: Config, context: PrepareContext): void {
  const chosen = [
    config.commit,
    config.discard,
    Boolean(config.export_path) || context.isPending("export_path"),
  ].filter(Boolean);
  if (chosen.length === 0) {
    context.problem("", "No instructions given for handling the artifact; expected commit, discard, or export_path", {
      hint: 'Add "commit": true to make an image, or "export_path" to write a tar archive.',
    });
  }
  if (chosen.length > 1) {
    context.problem("", "Cannot specify more than one of commit, discard, and export_path");
  }
  const target = config.export_path ? resolve(context.host.cwd, config.export_path) : undefined;
  // Where nothing may be read it may still be written to.
  if (target !== undefined && context.host.files.refusal(target) === undefined && isKind(target, "isDirectory")) {
    context.problem("export_path", "export_path must be a file, not a directory", {
      hint: `Add a file name: ${config.export_path}/image.tar`,
    });
  } else {
    checkOwnPath("export_path", config.export_path, context);
  }
}

function isKind(path: string, kind: "isFile" | "isDirectory"): boolean {
  return statSync(path, { throwIfNoEntry: false })?.[kind]() === true;
}
