"""What stands around every page: address, language, navigation, sidebar, theme."""
