// Types that Packer's own plugins offer. A template that names one is right even where there is no native part for it yet.
const cloud =
  "alicloud-ecs amazon-chroot amazon-ebs amazon-ebssurrogate amazon-ebsvolume amazon-instance anka azure-arm azure-chroot azure-dtl bsucloud " +
  "cloudstack digitalocean googlecompute hcloud hcp-packer-image huaweicloud-ecs hyperone ibmcloud-vpc jdcloud linode lxc lxd ncloud nutanix " +
  "oneandone openstack oracle-classic oracle-oci osc-bsu osc-bsusurrogate osc-bsuvolume osc-chroot outscale-bsu outscale-bsusurrogate " +
  "outscale-bsuvolume outscale-chroot oxide-instance podman powervs profitbricks proxmox proxmox-clone proxmox-iso scaleway tencentcloud-cvm " +
  "triton ucloud-uhost veertu-anka-vm-clone veertu-anka-vm-create vultr yandex";
const local =
  "docker file hyperv-iso hyperv-vmcx null parallels-iso parallels-ipsw parallels-macvm parallels-pvm qemu vagrant virtualbox-iso virtualbox-ovf " +
  "virtualbox-vm vmware-iso vmware-vmx vsphere-clone vsphere-iso vsphere-supervisor";

/** Builders of Packer's plugins. */
export const knownBuilders: ReadonlySet<string> = new Set([...cloud.split(" "), ...local.split(" ")]);

/** Provisioners of Packer's plugins. */
export const knownProvisioners: ReadonlySet<string> = new Set(
  (
    "ansible ansible-local azure-dtlartifact breakpoint chef-client chef-solo converge file goss hcp-sbom inspec powershell puppet-masterless " +
    "puppet-server salt-masterless shell shell-local sleep windows-restart windows-shell windows-update"
  ).split(" "),
);

/** Post-processors of Packer's plugins. */
export const knownPostProcessors: ReadonlySet<string> = new Set(
  (
    "alicloud-import amazon-import artifice atlas checksum compress digitalocean-import docker-import docker-push docker-save docker-tag exoscale-import " +
    "googlecompute-export googlecompute-import manifest shell-local ucloud-import vagrant vagrant-cloud vagrant-registry vsphere vsphere-template " +
    "yandex-export yandex-import"
  ).split(" "),
);
