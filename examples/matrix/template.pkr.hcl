# Three builds that need nothing of one another: each can run on a machine of its own.
variable "greeting" {
  type    = string
  default = "Hello"
}

variable "password" {
  type      = string
  default   = "none"
  sensitive = true
}

source "file" "page" {
  content = "${var.greeting}, world!\n"
  target  = "output-matrix-page.txt"
}

source "file" "note" {
  content = "${var.greeting}, reader!\n"
  target  = "output-matrix-note.txt"
}

source "null" "check" {
  communicator = "none"
}

build {
  name    = "site"
  sources = ["source.file.page", "source.file.note", "source.null.check"]

  provisioner "shell-local" {
    environment_vars = ["PASSWORD=${var.password}"]
    inline           = ["echo made $PACKER_BUILD_NAME with $PASSWORD"]
  }
}
