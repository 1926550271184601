// Looks for what a build could have left: containers of an image, processes of a runner.
import { readdirSync, readFileSync } from "node:fs";
import { docker, makeBaseImage } from "../servers/docker-fixture.ts";

/** The base image under a name of its own, so that nobody else's containers are counted. */
export function testImage(): string {
  const image = `packer-ts-test/action-${process.pid}:1`;
  docker(["tag", makeBaseImage(), image]);
  return image;
}

export function removeImage(image: string): void {
  docker(["rmi", image]);
}

/** Containers that were made from the image under this name, running or not. */
export function containersOf(image: string): string[] {
  const all = docker(["ps", "-a", "--no-trunc", "--format", "{{.ID}} {{.Image}}"]).split("\n");
  return all.filter((line) => line.endsWith(` ${image}`)).sort();
}

/** The command lines of processes whose environment holds a text, as all descendants of a step have. */
export function processesWith(text: string): string[] {
  return readdirSync("/proc").flatMap((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return [];
    try {
      const state = readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\) /s, "")[0];
      if (state === "Z" || !readFileSync(`/proc/${pid}/environ`, "utf8").includes(text)) return [];
      return [readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ")];
    } catch {
      return [];
    }
  });
}
