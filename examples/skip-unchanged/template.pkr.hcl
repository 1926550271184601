# A page in an image. Built again only when the page, the script, a variable or the base image changed.
variable "image" {
  type    = string
  default = "busybox"
}

variable "name" {
  type    = string
  default = "localhost:5000/packer-ts-example/skip-unchanged"
}

variable "token" {
  type        = string
  default     = "none"
  sensitive   = true
  description = "Takes part in the comparison, but cannot be read from what is kept."
}

source "docker" "page" {
  image  = var.image
  commit = true
  # The time is different in every run, which is no reason to build again.
  changes = ["WORKDIR /site", "LABEL built=${formatdate("YYYY-MM-DD", timestamp())}"]
}

build {
  sources = ["source.docker.page"]

  provisioner "shell" {
    script           = "examples/skip-unchanged/setup.sh"
    environment_vars = ["TOKEN=${var.token}"]
  }

  provisioner "file" {
    source      = "examples/skip-unchanged/site/"
    destination = "/site"
  }

  # What is only on the machine that builds is gone with it, and would be built again.
  post-processors {
    post-processor "docker-tag" {
      repository = var.name
      tags       = ["1"]
    }
    post-processor "docker-push" {}
  }
}
