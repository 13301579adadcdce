// The parts of the emulated configfs-tsm: entries (the kernel's rules), the backend that answers, and the tree that FUSE shows.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define INBLOB_MAX 64
#define NAME_LIMIT 256

struct blob {
  uint8_t *bytes;
  size_t length;
};

// What the backend says to an operation. `bump` is what another writer added to the generation in between.
struct answer {
  int error; // positive errno, 0 for success
  unsigned bump;
  struct blob out, aux, manifest; // of `report` only
};

// A directory below tsm/report.
struct entry {
  struct entry *next;
  char name[NAME_LIMIT];
  unsigned handles; // open files
  bool removed;
  unsigned long generation, reported_generation;
  bool reported;
  uint8_t inblob[INBLOB_MAX];
  size_t inblob_length;
  unsigned privlevel;
  struct blob out, aux, manifest;
};

struct settings {
  const char *socket_path; // of the backend
  const char *provider;    // NULL: no driver has registered
  const char *attributes;  // the visible ones, separated by commas
  unsigned privlevel_floor;
};

extern struct settings settings;

// backend.c
struct answer ask_backend(const char *operation, const struct entry *entry, const char *attribute, const uint8_t *bytes,
                          size_t length);
void free_blob(struct blob *blob);

// entry.c: each returns 0 or more for success, else a negative errno. The caller holds no lock.
struct entry *acquire_entry(const char *name); // NULL where there is none
void release_entry(struct entry *entry);
bool entry_exists(const char *name);
int create_entry(const char *name);
int remove_entry(const char *name);
int list_entries(int (*visit)(void *context, const char *name), void *context);
int store_text(struct entry *entry, const char *attribute, const char *text, size_t length);
int commit_inblob(struct entry *entry, const uint8_t *bytes, size_t length);
int read_attribute(struct entry *entry, const char *attribute, struct blob *snapshot);

// tree.c
struct fuse_operations;
extern const struct fuse_operations tree_operations;
