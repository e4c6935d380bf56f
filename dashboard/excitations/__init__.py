"""The figures of Excitations and what stands below them."""
