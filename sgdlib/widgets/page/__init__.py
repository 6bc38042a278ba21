"""What each widget stands on: the base class, the joined modules, charts, controls, the player, the style."""
