using Routing.Statements;

namespace Routing.UnitTests.Statements;

public sealed class TextHashTests
{
    // Around each of the steps in which it reads: 4, 8 and 32 characters.
    public static TheoryData<int> Lengths => [.. Enumerable.Range(0, 150)];

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Every_character_counts(int length)
    {
        var text = new string('a', length);
        var hash = TextHash.Of(text);

        Assert.Equal(hash, TextHash.Of(new string(text.AsSpan())));
        for (var i = 0; i < length; i++)
        {
            var other = text.ToCharArray();
            other[i] = 'b';
            Assert.NotEqual(hash, TextHash.Of(new string(other)));
        }
    }

    [Fact]
    public void Texts_of_one_character_repeated_differ_by_their_length() =>
        Assert.Equal(300, Enumerable.Range(0, 300).Select(static n => TextHash.Of(new string('\0', n))).Distinct().Count());

    [Fact]
    public void Low_bits_spread_texts_that_are_nearly_alike()
    {
        var buckets = new int[1024];
        for (var i = 0; i < 1024 * 16; i++)
        {
            buckets[TextHash.Of($"select id, customer from orders_{i} where id = @id") & 1023]++;
        }

        // 16 on average; chance alone puts fewer than 50 into the fullest but for once in some million runs.
        Assert.InRange(buckets.Max(), 16, 50);
    }
}
