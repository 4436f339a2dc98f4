/* SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE
#include "os/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/banned.h"

enum { CONTROL_C = 3 };

static enum ak_err read_line(int terminal, char *out, size_t room, struct ak_error *error)
{
    size_t size = 0;
    char c;
    for (;;) {
        ssize_t n = read(terminal, &c, 1);
        if (n < 0)
            return ak_error_system(error, AK_ERR_READ, errno, "the terminal cannot be read");
        if (n == 0 || c == '\n')
            break;
        if (c == CONTROL_C)
            return ak_error_set(error, AK_ERR_USAGE, "no password was given");
        if (size + 1 >= room)
            return ak_error_set(error, AK_ERR_USAGE, "the password is longer than %zu bytes",
                                room - 1);
        out[size++] = c;
    }
    out[size] = '\0';
    return AK_ERR_NONE;
}

enum ak_err ak_secret_prompt(const char *question, char *out, size_t room, struct ak_error *error)
{
    struct termios before, silent;
    int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (terminal < 0)
        return ak_error_system(error, AK_ERR_OPEN, errno, "there is no terminal to ask on");
    if (tcgetattr(terminal, &before) != 0) {
        (void)close(terminal);
        return ak_error_system(error, AK_ERR_OPEN, errno, "there is no terminal to ask on");
    }
    silent = before;
    silent.c_lflag &= ~(tcflag_t)ECHO;
    silent.c_lflag |= ECHONL;
    /* Ctrl-C as a character that ends the line: a signal would leave the terminal silent. */
    silent.c_lflag &= ~(tcflag_t)ISIG;
    silent.c_cc[VEOL] = CONTROL_C;
    (void)tcsetattr(terminal, TCSAFLUSH, &silent);
    ssize_t asked = write(terminal, question, strlen(question));
    enum ak_err err = asked < 0 ? ak_error_system(error, AK_ERR_WRITE, errno, "the terminal")
                                : read_line(terminal, out, room, error);
    (void)tcsetattr(terminal, TCSAFLUSH, &before);
    (void)close(terminal);
    return err;
}
