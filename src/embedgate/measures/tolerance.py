"""Definitions of harm: the losses that a model may have before a check fails.

They state what is tolerable, as the margin of a non-inferiority trial does, and are not estimated from data.
Configured bounds and calibration replace them, and past champions narrow them.
"""

A_FIFTH = 0.2
"""Largest tolerable loss of a lead over chance. In clinical trials with an active control, the margin is a share of
the control's effect too."""

CHANCE_AUC = 0.5
"""The AUC, and the trustworthiness, of a random order."""

REPRODUCED = CHANCE_AUC + (1 - A_FIFTH) * (1 - CHANCE_AUC)
"""Smallest match AUC of a training that reproduces the champion: a fifth of the lead over chance is lost."""

COLLAPSED = 1 - A_FIFTH
"""Largest mean cosine. It is the squared length of the mean of the unit vectors: in a collapsed space, tracks
differ in less than a fifth of their squared length."""

MIN_TRUSTWORTHINESS = CHANCE_AUC + 3 / 4 * (1 - CHANCE_AUC)
"""Three quarters of the lead over a random map."""

MIN_RECALL = 1 / 3
"""Every third of the nearest neighbours in the space is one on the map."""

MISPLACED = 1 / 500
"""Share of the tracks. As each track is in ten lists of nearest neighbours on average, one list in fifty has a wrong
entry."""

LOST = 1 / 200
"""Share of the plays: no recommendation follows one play in two hundred."""

NEW_DUPLICATES = 1 / 100
"""Share of the tracks: one in a hundred repeats another track in the lists of both."""
