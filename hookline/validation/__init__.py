"""What is wrong with what is declared, and with the code beside it: found before a deploy, and nothing of it is run."""
