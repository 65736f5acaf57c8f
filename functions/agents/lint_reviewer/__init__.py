"""What is wrong on changed lines, whatever the style: lint in several languages."""
