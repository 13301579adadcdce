// Entries of configfs-tsm with the rules of the kernel (Linux drivers/virt/coco/tsm.c, Documentation/ABI/testing/configfs-tsm).
// One lock for all of them, held while the driver makes a report, as the kernel does.
#include "tsm.h"
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PRIVLEVEL_MAX 3

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct entry *entries;

static struct entry *find(const char *name) {
  for (struct entry *entry = entries; entry; entry = entry->next)
    if (strcmp(entry->name, name) == 0) return entry;
  return NULL;
}

static void dispose(struct entry *entry) {
  free_blob(&entry->out);
  free_blob(&entry->aux);
  free_blob(&entry->manifest);
  free(entry);
}

bool entry_exists(const char *name) {
  pthread_mutex_lock(&lock);
  bool found = find(name) != NULL;
  pthread_mutex_unlock(&lock);
  return found;
}

struct entry *acquire_entry(const char *name) {
  pthread_mutex_lock(&lock);
  struct entry *entry = find(name);
  if (entry) entry->handles++;
  pthread_mutex_unlock(&lock);
  return entry;
}

void release_entry(struct entry *entry) {
  pthread_mutex_lock(&lock);
  bool unused = --entry->handles == 0 && entry->removed;
  pthread_mutex_unlock(&lock);
  if (unused) dispose(entry);
}

int create_entry(const char *name) {
  struct entry *entry = calloc(1, sizeof *entry);
  if (!entry) return -ENOMEM;
  snprintf(entry->name, sizeof entry->name, "%s", name);
  int error = settings.provider ? ask_backend("mkdir", entry, "-", NULL, 0).error : ENXIO;
  pthread_mutex_lock(&lock);
  if (!error && find(name)) error = EEXIST;
  if (!error) {
    entry->next = entries;
    entries = entry;
  }
  pthread_mutex_unlock(&lock);
  if (error) free(entry);
  return -error;
}

int remove_entry(const char *name) {
  struct entry *entry = acquire_entry(name);
  if (!entry) return -ENOENT;
  int error = ask_backend("rmdir", entry, "-", NULL, 0).error;
  pthread_mutex_lock(&lock);
  for (struct entry **link = &entries; !error && *link; link = &(*link)->next) {
    if (*link != entry) continue;
    *link = entry->next;
    entry->removed = true;
    break;
  }
  pthread_mutex_unlock(&lock);
  release_entry(entry);
  return -error;
}

int list_entries(int (*visit)(void *context, const char *name), void *context) {
  pthread_mutex_lock(&lock);
  int stop = 0;
  for (struct entry *entry = entries; entry && !stop; entry = entry->next) stop = visit(context, entry->name);
  pthread_mutex_unlock(&lock);
  return stop;
}

// The backend may fail the write, or say that somebody else wrote as well.
static int begin_write(struct entry *entry, const char *operation, const char *attribute, const uint8_t *bytes,
                       size_t length) {
  struct answer answer = ask_backend(operation, entry, attribute, bytes, length);
  if (entry->removed) return -ENOENT;
  entry->generation += answer.bump;
  return -answer.error;
}

// A number as kstrtouint(..., 0, ...) takes it: one line feed may follow, nothing else.
static int parse_level(const char *text, size_t length, unsigned *level) {
  char copy[16] = {0};
  if (length == 0 || length >= sizeof copy) return -EINVAL;
  memcpy(copy, text, length);
  if (copy[length - 1] == '\n') copy[length - 1] = 0;
  char *end;
  if (copy[0] < '0' || copy[0] > '9') return -EINVAL;
  unsigned long value = strtoul(copy, &end, 0);
  if (*end) return -EINVAL;
  if (value < settings.privlevel_floor || value > PRIVLEVEL_MAX) return -EINVAL;
  *level = (unsigned)value;
  return 0;
}

int store_text(struct entry *entry, const char *attribute, const char *text, size_t length) {
  pthread_mutex_lock(&lock);
  unsigned level = 0;
  int result = begin_write(entry, "write", attribute, (const uint8_t *)text, length);
  if (!result) result = parse_level(text, length, &level);
  if (!result) {
    entry->privlevel = level;
    entry->generation++;
  }
  pthread_mutex_unlock(&lock);
  return result;
}

int commit_inblob(struct entry *entry, const uint8_t *bytes, size_t length) {
  pthread_mutex_lock(&lock);
  int result = begin_write(entry, "commit", "inblob", bytes, length);
  if (!result) {
    memcpy(entry->inblob, bytes, length);
    entry->inblob_length = length;
    entry->generation++;
  }
  pthread_mutex_unlock(&lock);
  return result;
}

// The driver fills all three blobs at once; a provider that can do without auxblob leaves it empty.
static int make_report(struct entry *entry) {
  if (!entry->inblob_length) return -EINVAL;
  if (entry->reported && entry->reported_generation == entry->generation) return 0;
  unsigned long generation = entry->generation;
  struct answer answer = ask_backend("report", entry, "-", entry->inblob, entry->inblob_length);
  entry->generation += answer.bump;
  if (answer.error) return -answer.error;
  free_blob(&entry->out);
  free_blob(&entry->aux);
  free_blob(&entry->manifest);
  entry->out = answer.out;
  entry->aux = answer.aux;
  entry->manifest = answer.manifest;
  entry->reported = true;
  entry->reported_generation = generation;
  return 0;
}

static int copy_blob(const void *bytes, size_t length, struct blob *to) {
  to->bytes = malloc(length ? length : 1);
  if (!to->bytes) return -ENOMEM;
  if (length) memcpy(to->bytes, bytes, length);
  to->length = length;
  return 0;
}

static int copy_blob_of(struct entry *entry, const char *attribute, struct blob *to) {
  int result = make_report(entry);
  if (result) return result;
  struct blob *from = strcmp(attribute, "outblob") == 0 ? &entry->out
                      : strcmp(attribute, "auxblob") == 0 ? &entry->aux
                                                          : &entry->manifest;
  return copy_blob(from->bytes, from->length, to);
}

static int copy_text_of(struct entry *entry, const char *attribute, struct blob *to) {
  char text[NAME_LIMIT];
  if (strcmp(attribute, "generation") == 0) snprintf(text, sizeof text, "%lu\n", entry->generation);
  else if (strcmp(attribute, "provider") == 0) snprintf(text, sizeof text, "%s\n", settings.provider);
  else snprintf(text, sizeof text, "%u\n", settings.privlevel_floor);
  return copy_blob(text, strlen(text), to);
}

int read_attribute(struct entry *entry, const char *attribute, struct blob *snapshot) {
  pthread_mutex_lock(&lock);
  bool is_blob = strstr(attribute, "blob") != NULL;
  int result = begin_write(entry, "read", attribute, NULL, 0);
  if (!result) result = is_blob ? copy_blob_of(entry, attribute, snapshot) : copy_text_of(entry, attribute, snapshot);
  pthread_mutex_unlock(&lock);
  return result;
}
