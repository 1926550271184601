variable "greetings" {
  description = "What to write into which file."
  type        = map(string)
  default = {
    english = "Hello"
    german  = "Hallo"
  }

  validation {
    condition     = length(var.greetings) > 0
    error_message = "At least one greeting is needed."
  }
}

variable "who" {
  type    = string
  default = "world"
}

locals {
  folder = "${path.root}/output-hcl2"
}

source "file" "greeting" {}

build {
  name = "greetings"

  # One build for each greeting.
  dynamic "source" {
    for_each = var.greetings
    labels   = ["source.file.greeting"]

    content {
      name    = source.key
      target  = "${local.folder}-${source.key}.txt"
      content = "${source.value}, ${var.who}!\n"
    }
  }

  provisioner "shell-local" {
    inline = ["echo writing ${source.name}"]
  }

  post-processor "checksum" {
    checksum_types = ["sha256"]
    output         = "${local.folder}-${source.name}.{{.ChecksumType}}"
  }
}
