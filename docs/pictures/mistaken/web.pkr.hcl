variable "version" {
  default = "1.5"
}

source "docker" "web" {
  image  = "nginx:1.27"
  commit = true
}

build {
  sources = ["source.docker.web"]

  provisioner "shell" {
    inlin = ["echo ${var.version} > /usr/share/nginx/html/version.txt"]
  }
}
