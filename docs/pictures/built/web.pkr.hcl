variable "version" {
  default = "1.5"
}

source "file" "page" {
  content = "<h1>Version ${var.version}</h1>\n"
  target  = "site/index.html"
}

source "file" "notes" {
  content = "What is new in 1.4\n"
  target  = "site/notes.txt"
}

build {
  name    = "web"
  sources = ["file.page", "file.notes"]

  provisioner "shell-local" {
    only   = ["file.page"]
    inline = ["sleep 1"]
  }

  provisioner "shell-local" {
    only = ["file.notes"]
    inline = [
      "sleep 2",
      "grep ${var.version} site/notes.txt || { echo 'The notes say nothing about ${var.version}.'; exit 1; }",
    ]
  }

  post-processor "compress" {
    output = "site/{{ .BuildName }}.tar.gz"
  }
}
