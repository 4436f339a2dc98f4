/* The two sides of a conversation. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_OBSERVE_SIDE_H
#define AK_OBSERVE_SIDE_H

enum ak_side { AK_SIDE_CLIENT, AK_SIDE_SERVER, AK_SIDES, AK_SIDE_NONE = AK_SIDES };

#endif
