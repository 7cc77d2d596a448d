using System.Text;
using Realtime.Lab.Wire;

namespace Realtime.Lab.Tests.Wire;

/// <summary>Writes down what a parser of responses finds.</summary>
internal sealed class RecordingBody : IHttpBody
{
    private readonly StringBuilder _body = new();

    public List<(HttpHead Head, string Body)> Responses { get; } = [];

    public string AfterUpgrade { get; private set; } = "";

    private HttpHead _head;

    public void Head(in HttpHead head) => _head = head;

    public void Body(ReadOnlySpan<byte> piece, bool end)
    {
        _body.Append(Encoding.UTF8.GetString(piece));
        if (!end)
            return;
        Responses.Add((_head, _body.ToString()));
        _body.Clear();
    }

    public void Upgraded(ReadOnlySpan<byte> data) => AfterUpgrade += Encoding.UTF8.GetString(data);
}
