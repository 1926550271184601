// What has changed for provisioners and post-processors.
import { drop, type Fields, type Fixer, isText, moveUnlessThere, ofType, rename } from "./fixer.ts";

const vagrantOverride: Fixer = {
  name: "pp-vagrant-override",
  summary: 'Puts what the post-processor "vagrant" is told of single providers into "override".',
  fix({ postProcessors }) {
    for (const part of ofType(postProcessors, "vagrant")) {
      const override: Fields = {};
      for (const name of ["aws", "digitalocean", "virtualbox", "vmware"]) {
        if (Object.hasOwn(part, name)) {
          override[name] = part[name];
          delete part[name];
        }
      }
      if (Object.keys(override).length > 0) {
        part["override"] = override;
      }
    }
  },
};

const manifestFilename: Fixer = {
  name: "manifest-filename",
  summary: 'Renames "filename" of the post-processor "manifest" to "output".',
  fix({ postProcessors }) {
    for (const part of ofType(postProcessors, "manifest")) {
      rename(part, "filename", "output", isText);
    }
  },
};

const dockerEmail: Fixer = {
  name: "docker-email",
  summary: 'Drops "login_email" of Docker.',
  fix({ builders, postProcessors, hasPostProcessors }) {
    // As Packer: a template that only builds keeps it.
    if (hasPostProcessors) {
      for (const part of [...builders, ...postProcessors]) {
        drop(part, "login_email");
      }
    }
  },
};

const dockerTags: Fixer = {
  name: "docker-tag-tags",
  summary: 'Merges "tag" of the post-processor "docker-tag" into "tags".',
  fix({ postProcessors }) {
    for (const part of ofType(postProcessors, "docker-tag")) {
      const tags = [...listTags(part["tag"]), ...listTags(part["tags"])];
      delete part["tag"];
      part["tags"] = [...new Set(tags)];
    }
  },
};

function listTags(value: unknown): readonly string[] {
  if (typeof value === "string") {
    return value.split(",");
  }
  return Array.isArray(value) ? value.map(String) : [];
}

const powershellEscapes: Fixer = {
  name: "powershell-escapes",
  summary:
    "Takes the escapes out of the user, the password and the variables of PowerShell, which escapes them itself.",
  fix({ provisioners }) {
    for (const part of ofType(provisioners, "powershell")) {
      for (const name of ["elevated_user", "elevated_password", "environment_vars"]) {
        if (Object.hasOwn(part, name)) {
          part[name] = unescapeAll(part[name]);
        }
      }
    }
  },
};

function unescapeAll(value: unknown): unknown {
  if (typeof value === "string") {
    return value.replace(/`([$"`'])/g, "$1");
  }
  return Array.isArray(value) ? value.map(unescapeAll) : value;
}

const galaxyCommand: Fixer = {
  name: "galaxy-command",
  summary: 'Renames "galaxycommand" of the provisioner "ansible-local" to "galaxy_command".',
  fix({ provisioners }) {
    for (const part of ofType(provisioners, "ansible-local")) {
      moveUnlessThere(part, "galaxycommand", "galaxy_command", isText);
    }
  },
};

export const otherParts = {
  vagrantOverride,
  manifestFilename,
  dockerEmail,
  dockerTags,
  powershellEscapes,
  galaxyCommand,
};
