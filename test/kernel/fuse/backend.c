// Asks the backend over its unix socket. One connection for each question, so that a slow answer delays nobody else's.
//
// Question:  OPERATION ENTRY ATTRIBUTE PRIVLEVEL LENGTH\n  then LENGTH bytes
//            mkdir, rmdir, read, write (text attributes), commit (inblob at close), report (the driver makes a report)
// Answer:    ERRNO BUMP OUT AUX MANIFEST\n  then the blobs of these lengths, one after the other
//            BUMP: how many writes of somebody else came first
#include "tsm.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define BLOB_LIMIT (4u << 20)

static FILE *open_backend(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (strlen(settings.socket_path) >= sizeof address.sun_path) return NULL;
  strcpy(address.sun_path, settings.socket_path);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return NULL;
  FILE *stream = connect(fd, (struct sockaddr *)&address, sizeof address) ? NULL : fdopen(fd, "r+");
  if (!stream) close(fd);
  return stream;
}

static bool read_blob(FILE *stream, size_t length, struct blob *blob) {
  if (length > BLOB_LIMIT) return false;
  blob->bytes = malloc(length ? length : 1);
  blob->length = length;
  return blob->bytes && fread(blob->bytes, 1, length, stream) == length;
}

static bool read_answer(FILE *stream, struct answer *answer) {
  char line[128];
  size_t out, aux, manifest;
  if (!fgets(line, sizeof line, stream)) return false;
  if (sscanf(line, "%d %u %zu %zu %zu", &answer->error, &answer->bump, &out, &aux, &manifest) != 5) return false;
  return read_blob(stream, out, &answer->out) && read_blob(stream, aux, &answer->aux) &&
         read_blob(stream, manifest, &answer->manifest);
}

struct answer ask_backend(const char *operation, const struct entry *entry, const char *attribute, const uint8_t *bytes,
                          size_t length) {
  struct answer answer = {0};
  FILE *stream = open_backend();
  if (!stream) return (struct answer){.error = EIO};
  fprintf(stream, "%s %s %s %u %zu\n", operation, entry->name, attribute, entry->privlevel, length);
  if (length) fwrite(bytes, 1, length, stream);
  fflush(stream);
  bool answered = read_answer(stream, &answer);
  fclose(stream);
  bool is_report = answered && !answer.error && strcmp(operation, "report") == 0;
  if (!is_report) {
    free_blob(&answer.out);
    free_blob(&answer.aux);
    free_blob(&answer.manifest);
  }
  if (!answered) answer.error = EIO;
  return answer;
}

void free_blob(struct blob *blob) {
  free(blob->bytes);
  *blob = (struct blob){0};
}
