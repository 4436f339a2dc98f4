/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "os/process.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/banned.h"

/* ---- privileges ---- */

struct who {
    uid_t user;
    gid_t group;
};

static bool number_of(const char *name, unsigned long *number)
{
    const char *text = getenv(name);
    char *end;
    if (text == NULL || *text < '0' || *text > '9')
        return false;
    errno = 0;
    *number = strtoul(text, &end, 10);
    return errno == 0 && *end == '\0' && *number < (uid_t)-1;
}

static enum ak_err choose(const char *user, struct who *who, struct ak_error *error)
{
    unsigned long uid, gid;
    if (user == NULL && number_of("SUDO_UID", &uid) && number_of("SUDO_GID", &gid) && uid != 0) {
        who->user = (uid_t)uid;
        who->group = (gid_t)gid;
        return AK_ERR_NONE;
    }
    const char *name = user != NULL ? user : "nobody";
    const struct passwd *entry = getpwnam(name);
    if (entry == NULL)
        return ak_error_set(error, AK_ERR_USAGE, "there is no user '%.100s' to go on as", name);
    who->user = entry->pw_uid;
    who->group = entry->pw_gid;
    if (who->user == 0)
        return ak_error_set(error, AK_ERR_USAGE,
                            "'%.100s' is root: to go on so, say --keep-privileges", name);
    return AK_ERR_NONE;
}

static bool became(const struct who *who)
{
    uid_t user[3];
    gid_t group[3];
    if (getresuid(&user[0], &user[1], &user[2]) != 0 ||
        getresgid(&group[0], &group[1], &group[2]) != 0)
        return false;
    for (int i = 0; i < 3; i++)
        if (user[i] != who->user || group[i] != who->group)
            return false;
    return setuid(0) != 0 && getgroups(0, NULL) <= 1;
}

static bool drop_capabilities(void)
{
    struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2];
    memset(data, 0, sizeof data);
    if (syscall(SYS_capset, &head, data) != 0)
        return false;
    memset(data, 0xff, sizeof data);
    return syscall(SYS_capget, &head, data) == 0 && data[0].permitted == 0 &&
           data[1].permitted == 0 && data[0].effective == 0 && data[1].effective == 0;
}

enum ak_err ak_privileges_drop(const char *user, struct ak_error *error)
{
    struct who who;
    bool root = geteuid() == 0;
    if (root && choose(user, &who, error) != AK_ERR_NONE)
        return error->code;
    if (root && (setgroups(1, &who.group) != 0 || setresgid(who.group, who.group, who.group) != 0 ||
                 setresuid(who.user, who.user, who.user) != 0))
        return ak_error_system(error, AK_ERR_OPEN, errno, "cannot give up root's privileges");
    if (!drop_capabilities() || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        (root && !became(&who)))
        return ak_error_set(error, AK_ERR_OPEN, "privileges are still there after giving them up");
    return AK_ERR_NONE;
}

/* ---- signals ---- */

static volatile sig_atomic_t stop_came, reopen_came;

static void on_stop(int number)
{
    stop_came = 1;
    (void)signal(number, SIG_DFL); /* the next one ends the process */
}

static void on_reopen(int number)
{
    (void)number;
    reopen_came = 1;
}

void ak_signals_catch(void)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    (void)sigemptyset(&action.sa_mask);
    action.sa_handler = on_stop; /* no SA_RESTART: whoever waits wakes up */
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    action.sa_handler = on_reopen;
    (void)sigaction(SIGHUP, &action, NULL);
}

bool ak_signal_stop(void)
{
    return stop_came != 0;
}

bool ak_signal_reopen(void)
{
    bool came = reopen_came != 0;
    reopen_came = 0;
    return came;
}
