# A machine image from a published cloud image: started with QEMU, provisioned over SSH, kept as a small qcow2 file.
# A CD tells cloud-init on the image which user to let in.

variable "image" {
  type    = string
  default = "https://cloud.debian.org/images/cloud/bookworm/latest/debian-12-genericcloud-amd64.qcow2"
}

variable "checksum" {
  type    = string
  default = "file:https://cloud.debian.org/images/cloud/bookworm/latest/SHA512SUMS"
}

variable "user" {
  type    = string
  default = "builder"
}

variable "password" {
  type      = string
  default   = "only for the build"
  sensitive = true
}

# "tcg" works everywhere, many times slower. Unless set it is "kvm" where that can be used.
variable "accelerator" {
  type    = string
  default = null
}

source "qemu" "web" {
  iso_url      = var.image
  iso_checksum = var.checksum
  disk_image   = true
  disk_size    = "4G"

  accelerator = var.accelerator
  memory      = 512
  headless    = true
  # Nothing is typed, so nothing is waited for but SSH.
  boot_wait = "-1s"

  cd_label = "cidata"
  cd_content = {
    "meta-data" = ""
    "user-data" = <<-EOF
      #cloud-config
      ssh_pwauth: true
      users:
        - name: ${var.user}
          plain_text_passwd: ${var.password}
          lock_passwd: false
          sudo: ALL=(ALL) NOPASSWD:ALL
    EOF
  }

  ssh_username     = var.user
  ssh_password     = var.password
  ssh_timeout      = "10m"
  shutdown_command = "if [ $(id -u) -eq 0 ]; then poweroff; else sudo poweroff; fi"

  output_directory = "output-qemu"
  vm_name          = "web.qcow2"
  disk_compression = true
}

build {
  sources = ["source.qemu.web"]

  provisioner "file" {
    content     = "<h1>It works</h1>\n"
    destination = "/tmp/index.html"
  }

  provisioner "shell" {
    inline = ["uname -s", "cat /tmp/index.html", "sync"]
  }

  post-processor "checksum" {
    checksum_types = ["sha256"]
    output         = "output-qemu/web.{{.ChecksumType}}"
  }
}
