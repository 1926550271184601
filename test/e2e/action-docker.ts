// Looks for the containers that a build could have left.
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
