"""How messages leave the house: by e-mail, by SMS, in a file for another sender, on the console."""
