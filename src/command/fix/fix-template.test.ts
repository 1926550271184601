// What each fixer makes of an old template; every one has an example here.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fixTemplate } from "./fix-template.ts";
import type { Fields } from "./fixer.ts";
import { fixers } from "./fixers.ts";

interface Example {
  readonly fixer: string;
  readonly builder?: readonly [old: Fields, now: Fields];
  readonly provisioner?: readonly [old: Fields, now: Fields];
  readonly postProcessor?: readonly [old: Fields, now: Fields];
}

const examples: readonly Example[] = [
  {
    fixer: "iso-md5",
    builder: [
      { type: "qemu", iso_md5: "ab" },
      { type: "qemu", iso_checksum: "md5:ab" },
    ],
  },
  {
    fixer: "createtime",
    builder: [
      { type: "amazon-ebs", ami_name: "a {{ .CreateTime }}" },
      { type: "amazon-ebs", ami_name: "a {{timestamp}}" },
    ],
  },
  {
    fixer: "virtualbox-gaattach",
    builder: [
      { type: "virtualbox", guest_additions_attach: false },
      { type: "virtualbox-iso", guest_additions_mode: "upload" },
    ],
  },
  {
    fixer: "pp-vagrant-override",
    postProcessor: [
      { type: "vagrant", vmware: { output: "x" } },
      { type: "vagrant", override: { vmware: { output: "x" } } },
    ],
  },
  {
    fixer: "virtualbox-rename",
    provisioner: [
      { type: "shell", override: { virtualbox: { a: 1 } } },
      { type: "shell", override: { "virtualbox-iso": { a: 1 } } },
    ],
  },
  { fixer: "vmware-rename", builder: [{ type: "vmware" }, { type: "vmware-iso" }] },
  { fixer: "parallels-headless", builder: [{ type: "parallels-iso", headless: true }, { type: "parallels-iso" }] },
  {
    fixer: "parallels-deprecations",
    builder: [
      { type: "parallels-pvm", parallels_tools_host_path: "/x", guest_os_distribution: "win" },
      { type: "parallels-pvm", guest_os_type: "win" },
    ],
  },
  {
    fixer: "sshkeypath",
    builder: [
      { type: "null", ssh_key_path: "k" },
      { type: "null", ssh_private_key_file: "k" },
    ],
  },
  {
    fixer: "sshdisableagent",
    builder: [
      { type: "null", ssh_disable_agent: true, ssh_disable_agent_forwarding: false },
      { type: "null", ssh_disable_agent_forwarding: false },
    ],
  },
  {
    fixer: "scaleway-access-key",
    builder: [
      { type: "scaleway", access_key: "k" },
      { type: "scaleway", organization_id: "k" },
    ],
  },
  {
    fixer: "manifest-filename",
    postProcessor: [
      { type: "manifest", filename: "m" },
      { type: "manifest", output: "m" },
    ],
  },
  {
    fixer: "amazon-shutdown_behavior",
    builder: [
      { type: "amazon-ebs", shutdown_behaviour: "stop" },
      { type: "amazon-ebs", shutdown_behavior: "stop" },
    ],
  },
  {
    fixer: "amazon-enhanced-networking",
    builder: [
      { type: "amazon-ebs", enhanced_networking: true },
      { type: "amazon-ebs", ena_support: true },
    ],
  },
  {
    fixer: "amazon-private-ip",
    builder: [
      { type: "amazon-ebs", ssh_private_ip: "true" },
      { type: "amazon-ebs", ssh_interface: "private_ip" },
    ],
  },
  {
    fixer: "amazon-temp-sec-cidrs",
    builder: [
      { type: "amazon-ebs", temporary_security_group_source_cidr: "10.0.0.0/8" },
      { type: "amazon-ebs", temporary_security_group_source_cidrs: ["10.0.0.0/8"] },
    ],
  },
  { fixer: "docker-email", postProcessor: [{ type: "docker-push", login_email: "a@b" }, { type: "docker-push" }] },
  {
    fixer: "docker-tag-tags",
    postProcessor: [
      { type: "docker-tag", tag: "1,2", tags: ["2", "3"] },
      { type: "docker-tag", tags: ["1", "2", "3"] },
    ],
  },
  {
    fixer: "powershell-escapes",
    provisioner: [
      { type: "powershell", elevated_password: "a`$b", environment_vars: ["A=`'x`'"] },
      { type: "powershell", elevated_password: "a$b", environment_vars: ["A='x'"] },
    ],
  },
  {
    fixer: "vmware-compaction",
    builder: [
      { type: "vmware-iso", remote_type: "esx5" },
      { type: "vmware-iso", remote_type: "esx5", disk_type_id: "zeroedthick", skip_compaction: true },
    ],
  },
  { fixer: "hyperv-deprecations", builder: [{ type: "hyperv-iso", vhd_temp_path: "x" }, { type: "hyperv-iso" }] },
  {
    fixer: "hyperv-vmxc-typo",
    builder: [
      { type: "hyperv-vmcx", clone_from_vmxc_path: "x" },
      { type: "hyperv-vmcx", clone_from_vmcx_path: "x" },
    ],
  },
  {
    fixer: "hyperv-cpu-and-ram",
    builder: [
      { type: "hyperv-iso", cpu: 2, ram_size: 1024 },
      { type: "hyperv-iso", cpus: 2, memory: 1024 },
    ],
  },
  {
    fixer: "clean-image-name",
    builder: [
      { type: "googlecompute", labels: { a: "{{clean_image_name `x`}}" }, image_name: "{{clean_ami_name `x`}}" },
      {
        type: "googlecompute",
        labels: { a: "{{clean_resource_name `x`}}" },
        image_name: "{{clean_resource_name `x`}}",
      },
    ],
  },
  {
    fixer: "spot-price-auto-product",
    builder: [{ type: "amazon-ebs", spot_price_auto_product: "Linux" }, { type: "amazon-ebs" }],
  },
  {
    fixer: "qemu-disk-size",
    builder: [
      { type: "qemu", disk_size: 40960 },
      { type: "qemu", disk_size: "40960M" },
    ],
  },
  {
    fixer: "galaxy-command",
    provisioner: [
      { type: "ansible-local", galaxycommand: "g" },
      { type: "ansible-local", galaxy_command: "g" },
    ],
  },
  {
    fixer: "comm-config",
    builder: [
      { type: "virtualbox-iso", ssh_host_port_min: 1, ssh_skip_nat_mapping: true },
      { type: "virtualbox-iso", host_port_min: 1, skip_nat_mapping: true },
    ],
  },
  {
    fixer: "ssh-wait-timeout",
    builder: [
      { type: "null", ssh_wait_timeout: "5m" },
      { type: "null", ssh_timeout: "5m" },
    ],
  },
  {
    fixer: "vsphere-iso-net-disk",
    builder: [
      { type: "vsphere-iso", network: "n", networkCard: "e1000", disk_size: 1, storage: [{ disk_size: 2 }] },
      {
        type: "vsphere-iso",
        network_adapters: [{ network: "n", network_card: "e1000" }],
        storage: [{ disk_size: 1 }, { disk_size: 2 }],
      },
    ],
  },
  {
    fixer: "iso-checksum-type-and-url",
    builder: [
      { type: "qemu", iso_checksum: "ab", iso_checksum_type: "sha256", iso_checksum_url: "" },
      { type: "qemu", iso_checksum: "sha256:ab" },
    ],
  },
  {
    fixer: "qemu-host-port",
    builder: [
      { type: "qemu", ssh_host_port_max: 9 },
      { type: "qemu", host_port_max: 9 },
    ],
  },
  {
    fixer: "azure-exclude_from_latest",
    builder: [
      { type: "azure-chroot", shared_image_destination: { exlude_from_latest: true } },
      { type: "azure-chroot", shared_image_destination: { exclude_from_latest: true } },
    ],
  },
  { fixer: "proxmox-type", builder: [{ type: "proxmox" }, { type: "proxmox-iso" }] },
];

describe("fix", () => {
  for (const { fixer, builder, provisioner, postProcessor } of examples) {
    it(`mends what ${fixer} is about, and says that it did`, () => {
      const write = (at: 0 | 1): Fields => ({
        builders: builder === undefined ? [] : [builder[at]],
        ...(provisioner === undefined ? {} : { provisioners: [provisioner[at]] }),
        ...(postProcessor === undefined ? {} : { "post-processors": ["compress", [postProcessor[at]]] }),
      });
      const old = write(0);
      const { template, changes } = fixTemplate(old);
      assert.deepEqual(template, write(1));
      assert.ok(
        changes.some(({ name }) => name === fixer),
        changes.map(({ name }) => name).join(),
      );
      assert.deepEqual(old, write(0), "the template that was given has changed");
      assert.deepEqual(fixTemplate(template).changes, [], "fixing it again changes something");
    });
  }

  it("has an example of every fixer", () => {
    assert.deepEqual(
      examples.map(({ fixer }) => fixer),
      fixers.map(({ name }) => name),
    );
  });
});
