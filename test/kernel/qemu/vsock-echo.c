// Answers on AF_VSOCK port 4050: sends back what one connection at a time sends, until the peer closes.
#include <err.h>
#include <linux/vm_sockets.h>
#include <sys/socket.h>
#include <unistd.h>

int main(void) {
  struct sockaddr_vm address = {.svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_ANY, .svm_port = 4050};
  int listener = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (listener < 0) err(1, "socket");
  if (bind(listener, (struct sockaddr *)&address, sizeof address)) err(1, "bind");
  if (listen(listener, 8)) err(1, "listen");
  for (;;) {
    char buffer[4096];
    ssize_t length;
    int peer = accept(listener, NULL, NULL);
    if (peer < 0) err(1, "accept");
    while ((length = read(peer, buffer, sizeof buffer)) > 0)
      if (write(peer, buffer, (size_t)length) != length) break;
    close(peer);
  }
}
