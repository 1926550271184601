// Hiding is for people: what later steps use stays as it is, in every language; strong secrets are in nothing that anybody reads.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { stringify } from "yaml";
import { type FakeRunner, fakeRunner, readLog, type StepResult } from "./action-runner.ts";
import { LANGUAGES, writeTemplate } from "./three-languages.ts";

interface Written {
  readonly language: "json" | "yaml" | "hcl2";
  readonly path: string;
  readonly text: string;
}

/** The same template in each language. */
function inEachLanguage(name: string, json: object, hcl2: string): readonly Written[] {
  return [
    { language: "json", path: `${name}.json`, text: JSON.stringify(json, undefined, 2) },
    { language: "yaml", path: `${name}.yaml`, text: stringify(json) },
    { language: "hcl2", path: `${name}.pkr.hcl`, text: hcl2 },
  ];
}

function prepared(t: TestContext, { path, text }: Written): FakeRunner {
  const runner = fakeRunner(t);
  runner.file(path, text);
  return runner;
}

function masksOf({ stdout }: StepResult): string[] {
  return stdout
    .split("\n")
    .flatMap((line) => (line.startsWith("::add-mask::") ? [line.slice("::add-mask::".length)] : []));
}

function noticesOf({ stdout }: StepResult): string[] {
  return stdout.split("\n").filter((line) => line.startsWith("::notice"));
}

/** All that people see, and what is handed on as text. */
function seenIn(result: StepResult): string {
  const log = readLog(result.stdout).filter(({ command }) => command !== "add-mask");
  return [
    ...log.map(({ text, group }) => `${text} ${group ?? ""}`),
    result.stderr,
    result.summary,
    JSON.stringify(result.state),
  ].join("\n");
}

const MACHINE = { type: "null", name: "ubuntu", ssh_host: "127.0.0.1", ssh_username: "ubuntu", ssh_password: "ubuntu" };
const MACHINE_HCL2 = (password: string, more = ""): string =>
  `source "null" "ubuntu" {\n  ssh_host = "127.0.0.1"\n  ssh_username = "ubuntu"\n  ssh_password = ${password}\n${more}}\nbuild {\n  sources = ["source.null.ubuntu"]\n}\n`;

describe("hiding/weak literals", () => {
  const wrong = { ...MACHINE, inlin: "x" };
  const literal = inEachLanguage("images/ubuntu", { builders: [wrong] }, MACHINE_HCL2('"ubuntu"', '  inlin = "x"\n'));
  for (const written of literal) {
    it(`points at the line of a file named as a password that the template shows (${written.language})`, async (t) => {
      const result = await prepared(t, written).run({
        command: "validate",
        template: written.path,
        sarif: "out.sarif",
      });
      assert.ok(result.stdout.includes(`,file=${written.path},line=`), result.stdout);
      assert.doesNotMatch(result.stdout + result.summary, /sensitive&gt;|<sensitive>/);
      assert.deepEqual(masksOf(result), []);
      assert.deepEqual(noticesOf(result), [
        '::notice title=Weak secrets::The value of option "ssh_password" stands in a template in clear: it is not hidden.',
      ]);
    });
  }

  for (const [kind, json, hcl2] of [
    [
      "as the default of a plain variable",
      { variables: { pw: "packer" } },
      'variable "pw" {\n  default = "packer"\n}\n',
    ],
    ["as a local", { variables: { pw: "packer" } }, 'locals {\n  pw = "packer"\n}\n'],
  ] as const) {
    const builders = [{ ...MACHINE, name: "packer-ubuntu", ssh_password: "{{user `pw`}}" }];
    const value = hcl2.startsWith("locals") ? "local.pw" : "var.pw";
    const text = `${hcl2}${MACHINE_HCL2(value).replaceAll('"ubuntu" {', '"packer-ubuntu" {').replace("source.null.ubuntu", "source.null.packer-ubuntu")}`;
    for (const written of inEachLanguage("packer/t", { ...json, builders }, text)) {
      it(`plans jobs for a template that holds a password ${kind} (${written.language})`, async (t) => {
        const result = await prepared(t, written).run({ command: "plan", template: written.path });
        assert.equal(result.code, 0, result.stdout);
        const [entry] = JSON.parse(result.outputs["matrix"] ?? "").include;
        assert.equal(entry.template, written.path);
        assert.match(entry.name, /packer-ubuntu$/);
        assert.equal(entry.runner, "ubuntu-latest");
        assert.deepEqual(masksOf(result), []);
        assert.doesNotMatch(result.stdout + result.summary, /sensitive/);
        assert.equal(noticesOf(result).length, 1);
      });
    }
  }

  const declared = inEachLanguage(
    "packer/web",
    {
      variables: { password: "packer" },
      "sensitive-variables": ["password"],
      builders: [{ type: "file", name: "packer-web", target: "packer/out.img", content: "{{user `password`}}" }],
      provisioners: [{ type: "shell-local", inline: ["echo the word is packer"] }],
    },
    `variable "password" {\n  sensitive = true\n  default = "packer"\n}\nsource "file" "packer-web" {\n  content = var.password\n  target = "packer/out.img"\n}\nbuild {\n  sources = ["source.file.packer-web"]\n  provisioner "shell-local" {\n    inline = ["echo the word is packer"]\n  }\n}\n`,
  );
  for (const written of declared) {
    it(`hands on the artifact of a template whose sensitive default is part of its names (${written.language})`, async (t) => {
      const runner = prepared(t, written);
      const result = await runner.run({ template: written.path, "result-path": "result.json" });
      assert.equal(result.code, 0, result.stdout);
      const [artifact] = JSON.parse(result.outputs["artifacts"] ?? "");
      assert.deepEqual(
        artifact.files.map((file: { path: string }) => file.path),
        ["packer/out.img"],
      );
      assert.equal(artifact.builder_id, "packer.file");
      assert.equal(artifact.template, written.path);
      const manifest = JSON.parse(readFileSync(result.outputs["manifest-path"] ?? "", "utf8"));
      assert.deepEqual(manifest.builds[0].files, [{ name: "packer/out.img", size: 6 }]);
      assert.equal(
        JSON.parse(readFileSync(result.outputs["result-path"] ?? "", "utf8")).artifacts[0].files[0].path,
        "packer/out.img",
      );
      assert.match(result.stdout, /^the word is <sensitive>$/m);
      assert.match(result.stdout, /packer-web: Stored file: packer\/out\.img$/m);
      assert.match(result.summary, /packer\/out\.img/);
      assert.deepEqual(masksOf(result), []);
      assert.match(noticesOf(result).join(), /variable "password"/);
    });
  }

  const weak = LANGUAGES.flatMap((language) =>
    ["none", "true", "root", "ubuntu", "1"].map((value) => ({ language, value })),
  );
  for (const { language, value } of weak) {
    it(`keeps what is built apart from a secret that is "${value}" (${language.name})`, async (t) => {
      const runner = fakeRunner(t);
      const target = `out/${value}/${value}.txt`;
      const template = writeTemplate(
        runner,
        language,
        { variables: { token: "" }, builders: [{ type: "file", name: value, target, content: "x" }] },
        value,
      );
      const build = language.build(value);
      const result = await runner.run({ template, "secret-vars": JSON.stringify({ token: value }) });
      assert.equal(result.code, 0, result.stdout);
      const [artifact] = JSON.parse(result.outputs["artifacts"] ?? "");
      assert.deepEqual([artifact.template, artifact.build, artifact.files[0].path], [template, build, target]);
      assert.deepEqual(masksOf(result), []);
      assert.match(result.stdout, new RegExp(`^--> ${build}: Stored file: ${target}$`, "m"));
      const [notice = "", ...more] = noticesOf(result);
      assert.match(
        notice,
        /The value of variable "token" (has fewer than 5 characters|is a common word|stands in a template in clear)/,
      );
      assert.deepEqual(more, []);
    });
  }
});

const STRONG = `Zq9'w,"x%y$z & <k>::v`;
const PRINT = `
const secret = process.env.SECRET;
console.log("plain " + secret);
console.log("json " + JSON.stringify({ secret }));
console.log("url " + encodeURIComponent(secret));
console.log("base64 " + Buffer.from("u:" + secret).toString("base64"));
process.stdout.write("halves " + secret.slice(0, 9));
setTimeout(() => { process.stdout.write(secret.slice(9) + "\\n"); process.exitCode = Number(process.env.CODE); }, 100);
`;

function disguises(secret: string): string[] {
  const url = encodeURIComponent(secret);
  const json = JSON.stringify(secret).slice(1, -1);
  return [
    secret,
    json,
    url,
    Buffer.from(secret).toString("base64"),
    secret.replaceAll("&", "&amp;").replaceAll("<", "&lt;"),
    "Zq9&#",
    "Zq9'w",
  ];
}

describe("hiding/strong secrets", () => {
  const hclString = (text: string): string => JSON.stringify(text).replaceAll("${", "$${").replaceAll("%{", "%%{");
  const node = process.execPath;
  const shell = (code: number) => ({
    type: "shell-local",
    environment_vars: ["SECRET={{user `token`}}", `CODE=${code}`],
    inline: [`"${node}" print.mjs`],
  });
  const block = (code: number): string =>
    `  provisioner "shell-local" {\n    env = { SECRET = var.token, CODE = "${code}" }\n    inline = [${hclString(`"${node}" print.mjs`)}]\n  }\n`;
  const templates = inEachLanguage(
    "web",
    {
      variables: { token: "" },
      builders: [
        { type: "file", name: "one", target: "out/one", content: "x" },
        { type: "file", name: "two", target: "out/two", content: "x" },
        { type: "file", name: "lost", target: "out/lost", source: "no/{{user `token`}}" },
      ],
      provisioners: [shell(0), { ...shell(3), only: ["two"] }],
    },
    `variable "token" {\n  default = ""\n}\n${["one", "two"].map((name) => `source "file" "${name}" {\n  target = "out/${name}"\n  content = "x"\n}\n`).join("")}source "file" "lost" {\n  target = "out/lost"\n  source = "no/\${var.token}"\n}\nbuild {\n  sources = ["source.file.one", "source.file.two", "source.file.lost"]\n${block(0)}${block(3).replace("{\n", '{\n    only = ["file.two"]\n')}}\n`,
  );
  for (const written of templates) {
    it(`are in nothing that the step shows or leaves (${written.language})`, async (t) => {
      const runner = prepared(t, written);
      runner.file("print.mjs", PRINT);
      const inputs = { template: written.path, sarif: "out.sarif", "result-path": "result.json" };
      const result = await runner.run({ ...inputs, "secret-vars": JSON.stringify({ token: STRONG }) });
      assert.equal(result.outputs["outcome"], "partial", result.stdout);
      assert.ok(masksOf(result).some((mask) => mask.startsWith("Zq9'w")));
      const sarif = readFileSync(join(runner.workspace, "out.sarif"), "utf8");
      const record = readFileSync(join(runner.workspace, "result.json"), "utf8");
      const seen = `${seenIn(result)}\n${JSON.stringify(result.outputs)}\n${sarif}\n${record}`;
      for (const disguise of disguises(STRONG)) {
        assert.ok(!seen.includes(disguise), disguise);
      }
      for (const word of ["plain", "json", "url", "halves"]) {
        assert.match(seen, new RegExp(`${word} .*<sensitive>`));
      }
      assert.match(sarif, /<sensitive>/);
      assert.match(result.summary, /&lt;sensitive&gt;/);
    });
  }

  for (const language of LANGUAGES) {
    it(`are hidden in a crash of the action itself (${language.name})`, async (t) => {
      const runner = fakeRunner(t);
      const template = writeTemplate(runner, language, {
        variables: { token: "" },
        builders: [{ type: "file", name: "a", target: "out/a", content: "x" }],
        provisioners: [{ type: "shell-local", inline: ["sleep 20"] }],
      });
      const crash =
        "setTimeout(() => { throw new Error(`boom ${Buffer.from(process.env.HIDDEN, 'base64')} boom`) }, 1500)";
      const result = await runner.run(
        { template, "secret-vars": JSON.stringify({ token: STRONG }) },
        {
          NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(crash)}`,
          HIDDEN: Buffer.from(STRONG).toString("base64"),
        },
      );
      assert.equal(result.code, 1);
      assert.match(result.stdout, /::error .*boom <sensitive> boom/);
      for (const disguise of disguises(STRONG)) {
        assert.ok(!seenIn(result).includes(disguise), disguise);
      }
    });
  }
});

describe("hiding/files that are missing", () => {
  const templates = inEachLanguage(
    "web",
    {
      builders: ["kept", "lost"].map((name) => ({ type: "file", name, target: `out/${name}.img`, content: "x" })),
      "post-processors": [[{ type: "shell-local", inline: ["rm out/lost.img"], only: ["lost"] }]],
    },
    `${["kept", "lost"].map((name) => `source "file" "${name}" {\n  target = "out/${name}.img"\n  content = "x"\n}\n`).join("")}build {\n  sources = ["source.file.kept", "source.file.lost"]\n  post-processor "shell-local" {\n    only = ["file.lost"]\n    inline = ["rm out/lost.img"]\n  }\n}\n`,
  );
  for (const written of templates) {
    it(`are an error that is named everywhere, not left out (${written.language})`, async (t) => {
      const runner = prepared(t, written);
      const result = await runner.run({ template: written.path, "result-path": "result.json" });
      assert.ok(!existsSync(join(runner.workspace, "out/lost.img")));
      assert.equal(result.code, 1, result.stdout);
      assert.equal(result.outputs["outcome"], "partial");
      assert.equal(result.outputs["failure-class"], "environment");
      assert.match(
        result.stdout,
        /^::error title=A file of the artifact of build '(file\.)?lost' is missing%3A out\/lost\.img \[action\/artifact-missing\]/m,
      );
      assert.match(result.summary, /out\/lost\.img<\/code> \| ❌ missing/);
      const record = JSON.parse(readFileSync(join(runner.workspace, "result.json"), "utf8"));
      for (const artifacts of [JSON.parse(result.outputs["artifacts"] ?? ""), record.artifacts]) {
        const byBuild = new Map<string, { files: unknown[]; missing?: string[] | undefined }>(
          artifacts.map((one: { build: string }) => [one.build.replace("file.", ""), one]),
        );
        assert.deepEqual(byBuild.get("lost")?.missing, ["out/lost.img"]);
        assert.equal(byBuild.get("kept")?.missing, undefined);
        assert.equal(byBuild.get("kept")?.files.length, 1);
      }
    });
  }
});

describe("hiding/commands in names", () => {
  const forged = "x\n::warning title=FORGED::pwned\r##[error]pwned\u2028::error::pwned %0A::notice::pwned";
  const templates = inEachLanguage(
    "web",
    {
      variables: { [forged]: "1" },
      builders: [{ type: "file", name: forged, target: `out/${forged.replaceAll("/", "")}`, content: "x" }],
      provisioners: [{ type: "shell-local", inline: ["echo ok"] }],
      "post-processors": [{ type: "shell-local", name: forged, inline: ["exit 1"] }],
    },
    `variable "v" {\n  default = ${JSON.stringify(forged).replace("%0A", "%0A")}\n}\nsource "file" "web" {\n  target = "out/\${var.v}"\n  content = "x"\n}\nbuild {\n  name = var.v\n  sources = ["source.file.web"]\n  provisioner "shell-local" {\n    name = ${JSON.stringify(forged)}\n    inline = ["echo ok"]\n  }\n  post-processor "shell-local" {\n    name = ${JSON.stringify(forged)}\n    inline = ["exit 1"]\n  }\n}\n`,
  );
  for (const written of templates) {
    for (const command of ["build", "validate", "plan"]) {
      it(`are text (${written.language}, ${command})`, async (t) => {
        const { stdout, stderr } = await prepared(t, written).run({ command, template: written.path });
        assert.equal(stderr, "");
        readLog(stdout);
        for (const line of stdout.split(/\r\n|[\n\r\u2028]/)) {
          assert.doesNotMatch(line, /^\s*::(warning title=FORGED|error::pwned|notice::pwned)/);
        }
        assert.doesNotMatch(stdout, /##\[error\]/);
      });
    }
  }
});
