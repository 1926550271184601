// The inputs and outputs of the action that no command brings along, as data.
import { type Command, type CommandSchema, edge } from "../../command/command.ts";
import * as registry from "../../command/registry.ts";
import { option } from "../../sdk/option.ts";
import { setup } from "../setup/setup.ts";

const commands = Object.values(registry) as readonly Command[];

/** Commands that the action offers: those of the command line that are of use in a workflow, and its own. */
export const offeredCommands: readonly Command[] = [
  ...commands.filter(({ isTerminalOnly }) => isTerminalOnly !== true),
  setup as Command,
];

/** What most workflows use comes first where people read of all commands; the others follow by name. */
const READ_FIRST = ["build", "validate", "inspect", "fmt", "plan"];

function listNamesToRead(): readonly string[] {
  const names = offeredCommands.map(({ name }) => name);
  return [...READ_FIRST.filter((name) => names.includes(name)), ...names.filter((name) => !READ_FIRST.includes(name))];
}

function listThose(fits: (command: Command) => boolean): readonly string[] {
  return offeredCommands.filter(fits).map(({ name }) => name);
}

/** The commands that work out variables. */
const TEMPLATE_COMMANDS = listThose(({ options }) => "var" in options);
const BUILD = listThose(({ templateUse }) => templateUse === "build");

/** Inputs of the action itself; those of the commands come from the commands' options. */
export const actionOptions = Object.freeze({
  command: option.string({ default: "build", oneOf: listNamesToRead(), description: "What to do with the templates." }),
  template: edge(
    option.strings({
      description:
        "Path of a template, of a folder with HCL2 templates, or a pattern such as `images/**/*.pkr.hcl`. Several can be given, one a line; one that begins with `!` takes files away. The working directory itself unless set.",
    }),
    { commands: ["build", "fmt", "inspect", "plan", "validate"] },
  ),
  working_directory: option.string({
    default: ".",
    description: "Folder that templates and the files they name are looked for in.",
  }),
  sarif: option.string({
    description:
      "Path of a file to write all errors and warnings to, in the format SARIF, for code scanning. It is relative to `working-directory`, while the paths in it are those of the repository. None unless set.",
    example: "packer.sarif",
  }),
  secret_vars: edge(
    option.stringMap({
      sensitive: true,
      description: "Values of variables, beside those of `vars`, that are hidden in everything that is printed.",
    }),
    { valueForm: "text", commands: TEMPLATE_COMMANDS },
  ),
  secret_envs: edge(
    option.strings({
      description:
        "Environment variables of this step to take values of variables from, which are hidden as those of `secret-vars` are: `DB_PASSWORD`, or `password=DB_PASSWORD` for a variable of another name.",
    }),
    { commands: TEMPLATE_COMMANDS },
  ),
  unknown_inputs: option.string({
    default: "fail",
    oneOf: ["fail", "warn"],
    description:
      "What to do about an input that the action does not have, such as a misspelt one: fail before anything is done, or warn.",
  }),
  result_path: edge(
    option.string({
      description:
        "Where `build` writes its result for `collect`: a file, or a folder if it ends with `/`. A file in the runner's temporary folder unless set.",
    }),
    { commands: BUILD },
  ),
  result_artifact: edge(
    option.string({
      description:
        "Name under which `build` uploads its result, and `collect` finds the results of all jobs of the workflow run. Nothing is uploaded unless set.",
      example: "packer-result",
    }),
    { commands: listThose(({ templateUse, takesResults = false }) => templateUse === "build" || takesResults) },
  ),
  upload_artifacts: edge(
    option.string({
      default: "false",
      description:
        "Upload the files of every build that succeeds as a workflow artifact. `true` names it `packer-{build}`; any other text is the name, in which `{build}`, `{builder}` and `{template}` are filled in. A name that is taken in this step gets a number, and characters that GitHub refuses become `-`. An upload that fails fails the step but changes no outcome.",
      example: "packer-{build}",
    }),
    { commands: BUILD },
  ),
  retention_days: edge(
    option.number({
      default: 0,
      min: 0,
      max: 400,
      description: "Days that uploaded artifacts are kept; 0 for what the repository says.",
    }),
    { commands: BUILD },
  ),
  upload_log: option.string({
    default: "off",
    oneOf: ["off", "failure", "always"],
    description:
      "Upload the debug log as a workflow artifact: of a step that fails, or of every step. The log holds what `PACKER_LOG=1` shows and everything that builds say; secrets are hidden in it. With `PACKER_LOG_PATH` among the environment variables of the step, it is that file.",
  }),
  plugins: option.string({
    default: "native-first",
    oneOf: ["native-first", "as-declared", "none"],
    description:
      "Where components come from that `required_plugins` names. `native-first`: what is native is used, plugins that are installed stand in for what is not, and `build` fetches those that are missing. `as-declared`: every plugin that is needed is fetched and used, as Packer does. `none`: no plugin is looked at.",
  }),
  github_token: edge(
    option.string({
      sensitive: true,
      description:
        "Token to ask GitHub about the pull request with: for the lines it changes, and for the comment of `pull-request-plan`. The token of the job unless set; without one, or without permission, what needs it is left out and said.",
    }),
    { runnerDefault: "${{ github.token }}" },
  ),
  pull_request_plan: edge(
    option.string({
      default: "off",
      oneOf: ["off", "summary", "comment"],
      description:
        "With `plan`, in a run for a pull request: show what changes for each image, on the page of the run, or also in one comment that later runs update. The comment needs `pull-requests: write` among the job's permissions; without it the page of the run has to do, and a notice says so.",
    }),
    { commands: listThose(({ comparesImages = false }) => comparesImages) },
  ),
  attest: edge(
    option.bool({
      default: false,
      description:
        "Attest the build provenance of everything that was built: the files' checksums, images and what was pushed of them, in a signed statement that `gh attestation verify` checks. Needs `id-token: write` and `attestations: write` among the job's permissions; without the first nothing is attested, and a warning says so. An attestation that fails fails the step but changes no outcome.",
    }),
    { commands: BUILD },
  ),
  cache_downloads: edge(
    option.bool({
      default: false,
      description:
        "Keep what a build downloads, such as ISO files, in the cache of GitHub Actions, and take it from there in later runs. Only files with a checksum are kept, under that checksum, and it is compared again before they are used. The caches of a repository hold 10 GB together; GitHub removes those that were used least recently.",
    }),
    { commands: BUILD },
  ),
  allow_files_outside: edge(
    option.bool({
      default: false,
      description:
        "Let `validate`, `inspect` and `plan` read files that templates name outside of the workspace, such as keys in the home folder. `build` reads them in any case. Nothing below `/proc`, `/sys` and `/dev` is read either way.",
    }),
    { commands: listThose(({ templateUse }) => templateUse === "evaluate" || templateUse === "read") },
  ),
  allow_untrusted_events: edge(
    option.bool({
      default: false,
      description:
        "Work out templates in runs that strangers can start with the rights of the repository as well: `issue_comment`, `pull_request_target` and `pull_request_review` from a fork, `workflow_run` after a run from a fork or one of these. Only for workflows that check out no code of strangers.",
    }),
    { commands: TEMPLATE_COMMANDS },
  ),
  timestamps: edge(
    option.bool({ default: false, description: "Put the time in UTC before every line that a build says." }),
    { commands: BUILD },
  ),
  summary: option.bool({ default: true, description: "Write a summary of the run on its page." }),
}) satisfies CommandSchema;

/** What the action hands to later steps of what it built, with the sentence that documents it. */
const built = {
  outcome:
    "`built`, `unchanged` (nothing had to be built), `partial` (some builds failed), `failed`, `invalid` (the template or an input), `cancelled`; `valid` after `validate`, `inspect`, `fmt` and `plan`, `done` after `reap` and `setup`.",
  "failure-class":
    "Why it failed: `template`, `auth`, `network`, `capacity`, `provisioner`, `timeout`, `environment`, `cancelled`, or `bug`. Empty after success.",
  artifacts:
    "JSON list of everything that was made: `template`, `build`, `builder`, `builder_id`, `id`, `description`, `tags` (all names that an image was given), `digest` (of an image that was pushed), `files` (`path`, `size`, `sha256`), `unchanged_since` (of a build that was skipped: when an earlier run made it). Also set when another build failed.",
  "artifacts-path":
    "Path of a file with the same list, which can be longer than an environment variable. Empty when nothing was built.",
  files: "JSON list of the paths of all files that were made, relative to `working-directory`.",
  "image-ids":
    "JSON object from the name of each build that made an image to the image's id, such as `sha256:…` or `eu-west-1:ami-…`.",
  digest: "Digest of the first image that was pushed, `sha256:…`, as its registry knows it.",
  "artifact-id": "Id of the last artifact that has one, of the first build that succeeded.",
  "artifact-ids": "JSON object from the name of each build that succeeded to the id of its last artifact that has one.",
  "uploaded-artifacts":
    "JSON list of the workflow artifacts that `upload-artifacts` made: `name`, `template`, `build`, `id`, `url`, `sha256` (of the archive).",
  "result-path": "Path of a file with the result of `build`, for `collect` in another job.",
};

/** The same of what became of it. */
const published = {
  "attestation-id": "Id of the attestation that `attest` made.",
  "attestation-url": "Page of that attestation.",
  "attestation-bundle": "Path of a file with the signed statement, in the format of Sigstore.",
  changed:
    "Of `build` with `if-unchanged` or `fingerprint-file`: `true` when any build differs from how it was last made, `false` when none does. Empty when nothing was compared.",
  reasons:
    "JSON list of every build that was compared: `template`, `build`, `changed`, `reasons` (which file, variable, option or base image changed, a sentence each).",
  "manifest-path": "Path of a file with all artifacts in the format of Packer's `manifest` post-processor.",
  "log-path": "Path of the debug log, if there is one: with `upload-log` or `PACKER_LOG_PATH`.",
  "log-url": "Page of the debug log that `upload-log` uploaded.",
};

/** The outputs that single commands give. */
export const commandOutputs: Readonly<Record<string, string>> = Object.assign(
  {},
  ...offeredCommands.map(({ outputs }) => outputs),
);

export type OutputName = keyof typeof built | keyof typeof published;

/** All outputs, in the order of their documentation. */
export const actionOutputs: Readonly<Record<string, string>> = Object.freeze({
  ...built,
  ...commandOutputs,
  ...published,
});
