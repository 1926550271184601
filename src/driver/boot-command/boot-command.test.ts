// Boot commands: what their text means, in which order keys go down and up, and how typing ends early.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fakeClock, settled } from "../../../test/fakes/host.ts";
import { cancelled } from "../../../test/rejects.ts";
import { startKeyLogger, usText } from "../../../test/servers/key-logger.ts";
import { startVncServer } from "../../../test/servers/vnc-server.ts";
import { Random } from "../../../test/spec/random.ts";
import { nodeHost } from "../../host/node.ts";
import { connectVnc } from "../vnc/vnc.ts";
import { parseBootCommand, typeBootCommand } from "./boot-command.ts";

const { network, clock } = nodeHost();

/** `+61 -61` for a key that goes down and up, `~5000` for a wait. */
async function typed(text: string, keyInterval = 0): Promise<string> {
  const events: string[] = [];
  const clock = fakeClock();
  const sleep = (milliseconds: number, signal?: AbortSignal): Promise<void> => {
    events.push(`~${milliseconds}`);
    return clock.sleep(milliseconds, signal);
  };
  const { actions, problems } = parseBootCommand(text);
  assert.deepEqual(problems, []);
  const key = async (keysym: number, down: boolean): Promise<void> =>
    void events.push(`${down ? "+" : "-"}${keysym.toString(16)}`);
  await typeBootCommand(
    actions,
    { key },
    { keyInterval, clock: { ...clock, sleep }, signal: new AbortController().signal },
  );
  return events.join(" ");
}

describe("driver/boot-command", () => {
  it("types characters, with shift around those that need it", async () => {
    assert.equal(await typed("aB\n"), "+61 -61 +ffe1 +42 -42 -ffe1 +a -a");
    assert.equal(await typed('~"Ä😀'), "+ffe1 +7e -7e -ffe1 +ffe1 +22 -22 -ffe1 +ffe1 +c4 -c4 -ffe1 +1f600 -1f600");
    assert.equal(await typed("`'é-=[]\\;,./1ǅ"), [..."`'é-=[]\\;,./1ǅ"].map(hexPress).join(" "));
  });

  it("waits after every press and every release, and where the command says so", async () => {
    assert.equal(await typed("A", 5), "+ffe1 ~5 +41 ~5 -41 ~5 -ffe1 ~5");
    assert.equal(
      await typed("<wait><wait5><wait0><wait1.5s><wait1m30s><wait1h1us><wait0.05s>"),
      "~1000 ~5000 ~0 ~1500 ~90000 ~3600000.001 ~50",
    );
  });

  it("knows keys by name in any spelling of upper and lower case, pressed, held and released", async () => {
    assert.equal(await typed("<enter><F1><f12on><LEFTCTRLOFF>"), "+ff0d -ff0d +ffbe -ffbe +ffc9 -ffe3");
    assert.equal(await typed("<leftOption><leftOptionOn><RightCommandOff>"), "+ffe7 -ffe7 +ffe7 -ffea");
    assert.equal(await typed("<aOn>b<aOFF><AOn><AOff>"), "+61 +62 -62 -61 +ffe1 +41 -ffe1 -41");
    assert.equal(await typed("<<On><\noff>"), "+ffe1 +3c -a");
  });

  it("takes text that only looks like a token as text", async () => {
    const texts = [
      "<",
      "<esc",
      "<foo>",
      "<f13>",
      "<on>",
      "<enterOnx>",
      "<WAIT5>",
      "<wait-5>",
      "<wait007>",
      "<wait1m01s>",
      "<wait.5s>",
    ];
    for (const text of [...texts, "<wait1.5>", "<wait 5>", "<wait1s5>", "<toString>", "<constructorOn>"]) {
      assert.equal(parseBootCommand(text).actions.length, text.length, text);
    }
    assert.equal(await typed("<<esc>>"), "+ffe1 +3c -3c -ffe1 +ff1b -ff1b +ffe1 +3e -3e -ffe1");
  });

  it("says every wait that is none or too long", () => {
    assert.deepEqual(parseBootCommand("<wait0s>a<wait-1m><wait0.1ns>").problems, [
      "Expecting a positive wait value. Got 0s",
      "Expecting a positive wait value. Got -1m",
      "Expecting a positive wait value. Got 0.1ns",
    ]);
    assert.match(parseBootCommand("<wait1h-30m>").problems.join(), /minus sign .* <wait1h-30m>/);
    for (const length of ["9".repeat(20), "9".repeat(400), `${"9".repeat(400)}s`, "99999999999h", "10000000000"]) {
      assert.match(parseBootCommand(`<wait${length}>`).problems.join(), /longer than 292 years/);
    }
  });

  it("reads anything without failing, and every character of it", () => {
    const random = new Random(7);
    const pieces = [
      "<",
      ">",
      "wait",
      "on",
      "Off",
      "enter",
      "f1",
      "1",
      "0",
      ".",
      "-",
      "m",
      "s",
      "a",
      "É",
      "😀",
      "\ud800",
      "\n",
      "{{",
    ];
    for (let round = 0; round < 3_000; round++) {
      const text = Array.from({ length: random.below(12) }, () => random.pick(pieces, "")).join("");
      const { actions, problems } = parseBootCommand(text);
      const [tokens, characters] = [text.match(/</g)?.length ?? 0, [...text].length];
      assert.ok(actions.length + problems.length <= characters, text);
      if (tokens === 0) {
        assert.deepEqual([actions.length, problems], [characters, []], text);
      }
    }
  });

  it("stops at once when it is cancelled, and lets go of what it holds", async () => {
    const controller = new AbortController();
    const events: string[] = [];
    const key = async (keysym: number, down: boolean): Promise<void> =>
      void events.push(`${down ? "+" : "-"}${keysym.toString(16)}`);
    const pace = { keyInterval: 0, clock: fakeClock("manual"), signal: controller.signal };
    const typing = typeBootCommand(parseBootCommand("<leftCtrlOn><aOn><wait1h>b").actions, { key }, pace);
    await settled();
    controller.abort(cancelled());
    await assert.rejects(typing, /cancelled/);
    assert.deepEqual(events, ["+ffe3", "+61", "-61", "-ffe3"]);
  });

  it("is not held up by a keyboard that takes no more keys", async () => {
    const controller = new AbortController();
    const key = (): Promise<void> => new Promise(() => {});
    const pace = { keyInterval: 0, clock: fakeClock(), signal: controller.signal };
    const typing = typeBootCommand(parseBootCommand("ab").actions, { key }, pace);
    await settled();
    controller.abort(cancelled());
    await assert.rejects(typing, /cancelled/);
  });

  it("ends with the keyboard's failure", async () => {
    let calls = 0;
    const key = async (): Promise<void> => {
      calls++;
      if (calls > 1) {
        throw new Error("unplugged");
      }
    };
    const pace = { keyInterval: 0, clock: fakeClock(), signal: new AbortController().signal };
    await assert.rejects(typeBootCommand(parseBootCommand("<aOn>b").actions, { key }, pace), /unplugged/);
  });

  it("lets go of held keys over a connection that is closed right behind", async () => {
    await using server = await startVncServer();
    const controller = new AbortController();
    const vnc = await connectVnc(network, { host: "127.0.0.1", port: server.port }, controller.signal);
    const pace = { keyInterval: 0, clock, signal: controller.signal };
    const typing = typeBootCommand(parseBootCommand("<leftCtrlOn><aOn><wait1h>").actions, vnc, pace);
    await server.keysCome(2);
    controller.abort(cancelled());
    await assert.rejects(typing, /cancelled/);
    vnc.close();
    await server.keysCome(4);
    assert.deepEqual(server.keys, ["+ffe3", "+61", "-61", "-ffe3"]);
  });

  it("gives a machine with a US keyboard the text that was meant", async (t) => {
    const machine = await startKeyLogger(t);
    if (machine === undefined) {
      return;
    }
    const random = new Random(5);
    const printable = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index));
    const text = [...printable, ...Array.from({ length: 60 }, () => random.pick(printable, ""))]
      .map((character) => ({ character, order: random.below(1_000) }))
      .sort((a, b) => a.order - b.order)
      .map(({ character }) => character)
      .join("");
    const vnc = await connectVnc(network, { host: "127.0.0.1", port: machine.port }, new AbortController().signal);
    const { actions } = parseBootCommand(`${text}<enter><f12>`);
    await typeBootCommand(actions, vnc, { keyInterval: 20, clock, signal: new AbortController().signal });
    vnc.close();
    assert.equal(usText(await machine.typed()), `${text}\n`);
  });
});

function hexPress(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16);
  return `+${code} -${code}`;
}
