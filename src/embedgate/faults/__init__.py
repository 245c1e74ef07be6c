"""A catalogue of accidents: what goes wrong with embeddings, as seeded changes of a sound model.

    from embedgate.faults import BY_ID
    from embedgate.testing import sample_model

    faulty = BY_ID["misaligned.keys"].inject(sample_model(), severity=0.05)
    faulty.space        # keys and vectors
    faulty.affected     # keys whose vectors are wrong

`FAULTS` have to be stopped from some severity on; `HARMLESS` changes must never be. No measure knows of them.
"""

from embedgate.faults.catalogue import BY_ID, FAULTS, HARMLESS
from embedgate.faults.fault import Fault, FaultyModel

__all__ = ["BY_ID", "FAULTS", "HARMLESS", "Fault", "FaultyModel"]
