# An image whose pull requests say what they change: see workflow.yml beside this file.
variable "greeting" {
  type    = string
  default = "Hello"
}

source "file" "page" {
  content = "${var.greeting}, world!\n"
  target  = "output-pull-request.txt"
}

build {
  sources = ["source.file.page"]

  provisioner "shell-local" {
    inline = ["echo made $PACKER_BUILD_NAME"]
  }
}
