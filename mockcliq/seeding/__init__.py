"""What a world can start as: the demo made by Faker, the documentation's own, an empty one, a person's file."""
