// Options of earlier years, in the two languages that templates are written in.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { makeTextFile } from "../diagnostic/text-file.ts";
import { option } from "../sdk/option.ts";
import { decodeOptions } from "./decode-options.ts";
import { readJson } from "./legacy-json/json-reader.ts";
import type { RawMap } from "./raw-value.ts";

const schema = {
  iso_checksum: option.string({ description: "A checksum." }),
  ssh_private_key_file: option.string({ description: "A key." }),
};

function decode(body: object): { readonly hints: readonly string[]; readonly pending: readonly string[] } {
  const { value } = readJson(makeTextFile("t.json", JSON.stringify(body)));
  const decoded = decodeOptions({ schema, body: value as RawMap, label: 'builder "test"', range: undefined });
  return { hints: decoded.diagnostics.map(({ hint = "" }) => hint), pending: [...decoded.pending] };
}

describe("template/removed-options", () => {
  it("says what to write instead of the two options that checksums once had", () => {
    const said = (value: string) => `write "iso_checksum": "${value}" instead.`;
    const cases: readonly (readonly [object, string])[] = [
      [{ iso_checksum_type: "MD5", iso_checksum: "abcd" }, said("md5:abcd")],
      [{ iso_checksum_type: "sha512", iso_checksum: "{{user `sum`}}" }, said("sha512:{{user `sum`}}")],
      [{ iso_checksum_type: "none", iso_checksum: "" }, said("none")],
      [{ iso_checksum_url: "https://a/b.sums" }, said("file:https://a/b.sums")],
      [{ iso_md5: "abcd" }, said("md5:abcd")],
      [{ iso_checksum_type: "sha1" }, 'write "iso_checksum" instead.'],
    ];
    for (const [body, expected] of cases) {
      const { hints, pending } = decode(body);
      assert.equal(hints.length, 1, JSON.stringify(body));
      assert.ok(hints[0]?.endsWith(expected), hints[0]);
      // What stands for it is not known, so it is neither missing nor wrong.
      assert.deepEqual(pending, ["iso_checksum"]);
    }
  });

  it("explains every removed option that has a successor here, and leaves the others to the guess of a slip", () => {
    assert.match(decode({ ssh_key_path: "id" }).hints[0] ?? "", /write "ssh_private_key_file": "id" instead\.$/);
    assert.match(decode({ login_email: "a@b" }).hints[0] ?? "", /nothing took its place: leave it out\.$/);
    assert.deepEqual(decode({ galaxycommand: "x" }).hints, [""]);
    assert.deepEqual(decode({ iso_checksun: "none" }).hints, ['did you mean "iso_checksum"?']);
  });
});
