// What an attestation is about: the digests of everything that was built.
import { relative, sep } from "node:path";
import { type ArtifactRecord, hashFile } from "../result/artifact-records.ts";
import { listFilesUnder } from "./upload-files.ts";

/** A thing with a digest, as an in-toto statement names it. */
export interface Subject {
  readonly name: string;
  readonly digest: { readonly sha256: string };
}

/** Files by their path, images that were pushed by their name in the registry, other images by the name of their build. Each once. */
export async function listSubjects(artifacts: readonly ArtifactRecord[], cwd: string): Promise<readonly Subject[]> {
  const subjects = new Map<string, Subject>();
  const add = (name: string, digest: string): void =>
    void subjects.set(`${name}\n${digest}`, { name, digest: { sha256: digest } });
  for (const { build, id, digest, files } of artifacts) {
    const [, image, pushed] = /^(.+)@sha256:([0-9a-f]{64})$/.exec(digest ?? "") ?? [];
    if (image !== undefined && pushed !== undefined) {
      add(image, pushed);
    }
    const [, local] = /^sha256:([0-9a-f]{64})$/.exec(id) ?? [];
    if (local !== undefined) {
      add(build, local);
    }
    for (const file of files) {
      if (file.sha256 !== undefined) {
        add(file.path.split(sep).join("/"), file.sha256);
      }
      // A folder has no checksum of its own.
      else {
        for (const inside of await listFilesUnder([file.path], cwd)) {
          add(relative(cwd, inside).split(sep).join("/"), await hashFile(inside));
        }
      }
    }
  }
  return [...subjects.values()];
}
