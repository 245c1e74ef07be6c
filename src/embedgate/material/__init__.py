"""The model under test as frozen, validated values, and what is derived from them."""
