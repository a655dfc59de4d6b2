using System.Text;

namespace Routing.Testing.Statements;

/// <summary>
/// Random texts of several statements in which semicolons stand wherever they end nothing: what is common to the engines.
/// A seed gives the same texts again. Not thread-safe.
/// </summary>
/// <param name="seed">Which texts.</param>
public abstract class RandomTexts(int seed)
{
    private const string Damaging = "'\"$;-/*\\\n ()[]`E@:";

    /// <summary>What all choices are drawn from.</summary>
    protected Random Random { get; } = new(seed);

    /// <summary>How many statements of the last text run nothing that counts, because they define something.</summary>
    public int Definitions { get; protected set; }

    /// <summary>A text that the engine accepts.</summary>
    public string Next()
    {
        Definitions = 0;
        return Compose(mayDefine: true);
    }

    /// <summary>A text with some of its characters changed, which the engine may well refuse. Nothing is defined in it.</summary>
    public string NextDamaged()
    {
        Definitions = 0;
        var text = new StringBuilder(Compose(mayDefine: false));
        for (var i = Random.Next(1, 4); i > 0; i--)
        {
            var at = Random.Next(text.Length);
            if (Random.Next(2) == 0)
            {
                text.Remove(at, 1);
            }
            else
            {
                text.Insert(at, Damaging[Random.Next(Damaging.Length)]);
            }
        }

        return text.ToString();
    }

    /// <summary>One statement that counts, or a definition.</summary>
    /// <param name="mayDefine">Whether it may be a definition.</param>
    protected abstract string Statement(bool mayDefine);

    /// <summary>A comment in the engine's form.</summary>
    protected abstract string Comment();

    /// <summary>One of these.</summary>
    protected string Any(params string[] choices) => choices[Random.Next(choices.Length)];

    /// <summary>Some of these, one after the other, perhaps none.</summary>
    protected string Some(params string[] pieces)
    {
        var text = new StringBuilder();
        for (var i = Random.Next(5); i > 0; i--)
        {
            text.Append(Any(pieces));
        }

        return text.ToString();
    }

    /// <summary>What separates two words: at least one blank, perhaps comments.</summary>
    protected string Gap() => Random.Next(5) == 0 ? $" {Comment()} " : Any(" ", "\n", "\t", "  ", "\r\n");

    private string Compose(bool mayDefine)
    {
        var text = new StringBuilder(Gap());
        for (var i = Random.Next(1, 6); i > 0; i--)
        {
            text.Append(Random.Next(8) == 0 ? "" : Statement(mayDefine)).Append(Gap()).Append(';').Append(Random.Next(2) == 0 ? "" : Gap());
        }

        // The last one may stand without a semicolon, and a comment without the end of its line.
        return text.Append(Random.Next(2) == 0 ? Statement(mayDefine) : "").Append(Random.Next(4) == 0 ? " -- ; '" : "").ToString();
    }
}
