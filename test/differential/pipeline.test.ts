// Builds without a machine: order, names, choices, artifacts, manifest, failures.
import { describe, it } from "node:test";
import { assertAlike, type Deliberate } from "./alike.ts";
import { type Case, sideBySide } from "./side-by-side.ts";

const none = (name?: string): object => ({
  type: "null",
  communicator: "none",
  name,
});
const file = (name: string, content = name): object => ({ type: "file", name, content, target: `${name}.txt` });
const local = (...inline: readonly string[]): object => ({ type: "shell-local", inline });

interface Run {
  readonly what: string;
  readonly template: object | string;
  readonly flags?: readonly string[] | undefined;
  readonly files?: Case["files"] | undefined;
  readonly env?: Case["env"] | undefined;
  readonly unlike?: readonly Deliberate[] | undefined;
}

const namesFailedStep: Deliberate = {
  why: "Packer names the first step that is not cleaned up as the one that failed",
  output: (text) =>
    text.replace(
      '==> null: Step "StepConnect" failed, aborting...',
      '==> null: Step "StepProvision" failed, aborting...\n==> null: aborted: skipping cleanup of step "StepConnect"',
    ),
};

const runs: readonly Run[] = [
  {
    what: "several builds with provisioners and post-processors",
    template: {
      builders: [none(), file("one"), file("two")],
      provisioners: [
        local("echo provisioning $PACKER_BUILD_NAME $PACKER_BUILDER_TYPE"),
        { ...local("echo only one"), only: ["one"] },
      ],
      "post-processors": [
        ["manifest", { type: "checksum" }],
        { ...local("echo after $PACKER_BUILD_NAME"), except: ["two"] },
      ],
    },
  },
  {
    what: "-parallel-builds=1",
    template: { builders: [none("c"), none("a"), none("b")], provisioners: [local("echo $PACKER_BUILD_NAME")] },
    flags: ["-parallel-builds=1"],
  },
  {
    what: "one of several parallel builds failing",
    template: {
      builders: [none("a"), none("b"), none("c")],
      provisioners: [local("echo hi"), { ...local("exit 3"), only: ["b"] }, local("echo ho")],
    },
  },
  {
    what: "all builds failing",
    template: { builders: [none("a"), none("b")], provisioners: [local("exit 4")] },
  },
  {
    what: "-only",
    template: { builders: [none("a"), none("b"), none("c")], provisioners: [local("echo x")] },
    flags: ["-only=a,c"],
  },
  {
    what: "-except of a build and of a post-processor",
    template: {
      builders: [file("a"), file("b")],
      "post-processors": [
        [{ type: "checksum", name: "sums" }, "manifest"],
        [local("echo stays"), { type: "manifest", name: "sums" }],
      ],
    },
    flags: ["-except=b,sums"],
  },
  {
    what: "overrides",
    template: {
      builders: [none("a"), none("b")],
      provisioners: [
        {
          type: "shell-local",
          inline: ["echo base $X"],
          environment_vars: ["X=1"],
          override: { a: { inline: ["echo of a $X"] }, b: { environment_vars: ["X=2"] } },
        },
      ],
    },
  },
  {
    what: "pause_before, timeout and max_retries",
    template: {
      builders: [none()],
      provisioners: [
        { ...local("echo paused"), pause_before: "1s" },
        { ...local("echo in time"), timeout: "20s" },
        { ...local("echo x >> tries; test $(wc -l < tries) -ge 3"), max_retries: 5 },
        { ...local("echo again; exit 9"), max_retries: "2" },
      ],
    },
  },
  {
    what: "a timeout that is over",
    template: { builders: [none()], provisioners: [{ ...local("echo a; exec sleep 4"), timeout: "1s" }] },
    unlike: [
      {
        why: "the error names the timeout instead of the script that was stopped, and the cause always comes first",
        output: (text) =>
          text
            .replace(/(==> null: Provisioning step had .*\n)(==> null: Cancelling .*\n)/, "$2$1")
            .replaceAll(
              /Error executing script: .*\n(?:\nPlease see output above for more information\.\n)?/g,
              "The provisioner did not end within its timeout of 1s\n",
            ),
      },
    ],
  },
  {
    what: "an error-cleanup provisioner",
    template: {
      builders: [none()],
      provisioners: [local("exit 2")],
      "error-cleanup-provisioner": local("echo cleaning > cleaned"),
    },
  },
  ...["abort", "cleanup", "ask", "run-cleanup-provisioner"].map((mode) => ({
    what: `-on-error=${mode}`,
    template: {
      builders: [none()],
      provisioners: [local("echo a"), local("exit 2")],
      "error-cleanup-provisioner": local("echo cleaning"),
    },
    flags: [`-on-error=${mode}`],
    unlike: mode === "run-cleanup-provisioner" ? [namesFailedStep] : [],
  })),
  {
    what: "-debug without a terminal",
    template: { builders: [none("a"), none("b")], provisioners: [local("echo x"), local("echo y")] },
    flags: ["-debug"],
  },
  {
    what: "sequences that keep and drop their input",
    template: {
      builders: [file("a")],
      "post-processors": [
        [
          { type: "compress", output: "a.tar.gz", keep_input_artifact: true },
          { type: "artifice", files: ["a.txt"], keep_input_artifact: true },
        ],
        [
          { type: "compress", output: "b.zip" },
          { type: "compress", output: "c.tar", keep_input_artifact: false },
        ],
        [
          { type: "artifice", files: ["c.tar"] },
          { type: "manifest", keep_input_artifact: false },
        ],
      ],
    },
  },
  ...[true, false, undefined].flatMap((first) =>
    [true, false, undefined].map((second) => ({
      what: `keep_input_artifact ${first} then ${second}`,
      template: {
        builders: [file("a")],
        "post-processors": [
          [
            { type: "compress", output: "a.tar", keep_input_artifact: first },
            { type: "artifice", files: ["a.tar"], keep_input_artifact: second },
          ],
        ],
      },
    })),
  ),
  {
    what: "post-processors of which some fail",
    template: {
      builders: [file("a"), file("b")],
      "post-processors": [
        [{ ...local("exit 5"), only: ["a"] }, local("echo never for a")],
        "manifest",
        { ...local("exit 6"), only: ["a"] },
      ],
    },
  },
  {
    what: "the manifest with custom data of two runs in one file",
    template: {
      builders: [file("a"), none("n")],
      "post-processors": [
        {
          type: "manifest",
          output: "m.json",
          strip_path: true,
          custom_data: { who: "{{build_name}}", v: "{{user `v`}}" },
        },
      ],
      variables: { v: "1" },
    },
    flags: ["-parallel-builds=1"],
  },
  {
    what: "-timestamp-ui",
    template: { builders: [none()], provisioners: [local("echo x"), local("exit 1")] },
    flags: ["-timestamp-ui"],
  },
  { what: "a file that is there already", template: { builders: [file("a")] }, files: { "a.txt": "old" } },
  { what: "-force", template: { builders: [file("a")] }, files: { "a.txt": "old" }, flags: ["-force"] },
  {
    what: "shell-local with its options",
    template: {
      builders: [none()],
      provisioners: [
        { type: "shell-local", command: "echo command $0" },
        {
          type: "shell-local",
          script: "s.sh",
          environment_vars: ["A=it's", "B=a b"],
          execute_command: ["/bin/sh", "-c", "{{.Vars}} /bin/sh {{.Script}} x"],
        },
        { type: "shell-local", scripts: ["s.sh", "s.sh"], tempfile_extension: ".x" },
        { type: "shell-local", inline: ["echo four; exit 4"], inline_shebang: "/bin/sh -e", valid_exit_codes: [4] },
        { type: "shell-local", inline: ["echo never"], only_on: ["windows"] },
        { type: "shell-local", inline: ["echo linux"], only_on: ["linux", "darwin"] },
      ],
    },
    files: { "s.sh": '#!/bin/sh\necho "script $1 $A $B $PACKER_BUILD_NAME"\n' },
  },
  {
    what: "sleep, breakpoint and a script that is missing",
    template: {
      builders: [none()],
      provisioners: [
        { type: "sleep", duration: "10ms" },
        { type: "breakpoint", disable: true, note: "look" },
        local("echo x"),
      ],
    },
  },
  {
    what: "sensitive variables",
    template: {
      variables: { secret: "s3cr3t-value", open: "plain" },
      "sensitive-variables": ["secret"],
      builders: [none()],
      provisioners: [
        // Two streams have no order between them but the one that time gives.
        local("echo {{user `secret`}} {{user `open`}}", "sleep 0.5", "echo {{user `secret`}} >&2"),
        local("exit 1 # {{user `secret`}}"),
      ],
    },
  },
  {
    what: "templates inside strings",
    template: {
      variables: { name: "world", list: "a-b-c", up: "{{ user `name` }}!" },
      builders: [none("b-{{ user `name` }}")],
      provisioners: [
        local(
          "echo {{upper `abc`}} {{user `name` | upper}} {{split `a-b-c` `-` 1}} {{build_name}} {{build_type}}",
          "echo {{replace `a` `b` 1 `aaa`}} {{replace_all `a` `b` `aaa`}} {{user `up`}} {{template_dir}} {{user `missing`}}.",
          "echo {{if eq (user `name`) `world`}}yes{{else}}no{{end}} '{{printf `%05d|%q|%v` 42 `x` true}}' {{len `four`}}",
          "echo {{build `PackerRunUUID`}}",
          "echo {{isotime | printf `%.4s`}} {{ strftime `%Y` }} {{ pwd }}",
        ),
      ],
    },
  },
];

describe("differential/pipeline", { concurrency: 3 }, () => {
  for (const { what, template, flags = [], files = {}, env = {}, unlike = [] } of runs) {
    it(`is alike: ${what}`, async (t) => {
      const pair = await sideBySide(t, {
        files: { ...files, "t.json": template },
        args: ["build", "-color=false", ...flags, "t.json"],
        env,
      });
      if (pair !== undefined) {
        assertAlike(pair, ...unlike);
      }
    });
  }
});
