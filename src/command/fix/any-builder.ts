// What has changed for builders of every kind.
import { type Fields, type Fixer, isFields, isText, moveUnlessThere, rename, renameUnlessThere } from "./fixer.ts";

const isMd5: Fixer = {
  name: "iso-md5",
  summary: 'Replaces "iso_md5" in builders with "iso_checksum".',
  fix({ builders }) {
    for (const builder of builders) {
      if (isText(builder["iso_md5"])) {
        builder["iso_checksum"] = builder["iso_md5"];
        builder["iso_checksum_type"] = "md5";
        delete builder["iso_md5"];
      }
    }
  },
};

const createTime: Fixer = {
  name: "createtime",
  summary: 'Replaces "{{.CreateTime}}" in the names of images with "{{timestamp}}".',
  fix({ builders }) {
    for (const builder of builders) {
      for (const name of ["ami_name", "bundle_prefix", "snapshot_name"]) {
        const value = builder[name];
        if (typeof value === "string") {
          builder[name] = value.replace(/\{\{\s*\.CreateTime\s*\}\}/g, "{{timestamp}}");
        }
      }
    }
  },
};

const sshKeyPath: Fixer = {
  name: "sshkeypath",
  summary: 'Renames "ssh_key_path" to "ssh_private_key_file".',
  fix: ({ builders }) => renameEachUnlessThere(builders, "ssh_key_path", "ssh_private_key_file", isText),
};

const sshDisableAgent: Fixer = {
  name: "sshdisableagent",
  summary: 'Renames "ssh_disable_agent" to "ssh_disable_agent_forwarding".',
  fix: ({ builders }) =>
    renameEachUnlessThere(
      builders,
      "ssh_disable_agent",
      "ssh_disable_agent_forwarding",
      (value) => typeof value === "boolean",
    ),
};

const sshWaitTimeout: Fixer = {
  name: "ssh-wait-timeout",
  summary: 'Renames "ssh_wait_timeout" to "ssh_timeout".',
  fix({ builders }) {
    for (const builder of builders) {
      moveUnlessThere(builder, "ssh_wait_timeout", "ssh_timeout", isText);
    }
  },
};

const cleanImageName: Fixer = {
  name: "clean-image-name",
  summary: 'Replaces the functions "clean_image_name" and "clean_ami_name" with "clean_resource_name".',
  fix({ builders }) {
    for (const builder of builders) {
      replaceTexts(builder);
      for (const value of Object.values(builder).filter(isFields)) {
        replaceTexts(value);
      }
    }
  },
};

const isoChecksum: Fixer = {
  name: "iso-checksum-type-and-url",
  summary: 'Puts what "iso_checksum_type" and "iso_checksum_url" say into "iso_checksum".',
  fix({ builders }) {
    for (const builder of builders) {
      mergeChecksum(builder);
    }
  },
};

function mergeChecksum(builder: Fields): void {
  const { iso_checksum: sum, iso_checksum_url: url, iso_checksum_type: type } = builder;
  delete builder["iso_checksum_url"];
  delete builder["iso_checksum_type"];
  if (typeof url === "string" && url !== "") {
    builder["iso_checksum"] = `file:${url}`;
  } else if (typeof type === "string" && type !== "" && typeof sum === "string" && sum !== "") {
    builder["iso_checksum"] = `${type}:${sum}`;
  }
}

function replaceTexts(fields: Fields): void {
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value === "string") {
      fields[name] = value.replaceAll(/clean_(image|ami)_name/g, "clean_resource_name");
    }
  }
}

export function renameAll(
  parts: readonly Fields[],
  from: string,
  to: string,
  fits?: (value: unknown) => boolean,
): void {
  for (const part of parts) {
    rename(part, from, to, fits);
  }
}

/** Renames an option of several parts, where none has the new name already. */
export function renameEachUnlessThere(
  parts: readonly Fields[],
  from: string,
  to: string,
  fits?: (value: unknown) => boolean,
): void {
  for (const part of parts) {
    renameUnlessThere(part, from, to, fits);
  }
}

export const anyBuilder = {
  isMd5,
  createTime,
  sshKeyPath,
  sshDisableAgent,
  sshWaitTimeout,
  cleanImageName,
  isoChecksum,
};
