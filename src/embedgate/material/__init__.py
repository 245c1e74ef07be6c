"""The model under test as frozen, validated values, and the values derived from them."""
