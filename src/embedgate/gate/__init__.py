"""One gate run inside pytest: its options, its material, its results."""
