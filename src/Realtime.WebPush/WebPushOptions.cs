using System.ComponentModel.DataAnnotations;

namespace Realtime.WebPush;

/// <summary>Web Push notifications for users who are away (<c>Realtime:WebPush</c>).</summary>
public sealed class WebPushOptions : IValidatableObject
{
    /// <summary>Whether users can subscribe and are notified; false by default, because it makes the server send requests to the push services of browsers.</summary>
    public bool Enabled { get; set; }

    /// <summary>Whom a push service can turn to, as <c>mailto:</c> or <c>https:</c>. Needed where it is enabled; Apple's service refuses pushes without a working one.</summary>
    public string? Subject { get; set; }

    /// <summary>How long a message waits for its user to come or to read it before a push is sent; 30 s by default. Zero sends at once to whoever is not connected.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan After { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a push service keeps a push for a browser that is not running; one day by default. Zero delivers at once or never.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "28.00:00:00")]
    public TimeSpan Ttl { get; set; } = TimeSpan.FromDays(1);

    /// <summary>The most browsers of one user; 10 by default. When one more registers, the one that registered longest ago is forgotten.</summary>
    [Range(1, 1000)]
    public int MaxPerUser { get; set; } = 10;

    /// <summary>
    /// The most channels whose users may have to be notified, and the most pushes that wait to be sent; 10,000 each by default, up to 4 KB each. When they
    /// are more, the oldest is dropped and counted in <c>realtime.push.dropped</c>.
    /// </summary>
    [Range(1, 1_000_000)]
    public int MaxPending { get; set; } = 10_000;

    /// <summary>How many pushes are sent at a time; 32 by default.</summary>
    [Range(1, 1000)]
    public int MaxParallel { get; set; } = 32;

    /// <summary>How long a push service may take to answer; 10 s by default.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:05:00")]
    public TimeSpan SendTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether endpoints on this machine are taken, by <c>http</c> too; false by default. For development and tests.</summary>
    public bool AllowLoopback { get; set; }

    /// <summary>Whether endpoints with private and link-local addresses are taken; false by default, because whoever subscribes could make the server call what only it can reach.</summary>
    public bool AllowPrivateAddresses { get; set; }

    /// <summary>
    /// The file that keeps the key by which push services know this deployment: 32 bytes in Base64. By default it lies beside the SQLite store; nodes on
    /// PostgreSQL keep it there. Without its key all subscriptions are void.
    /// </summary>
    public string? KeyPath { get; set; }

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Enabled && !(Uri.TryCreate(Subject, UriKind.Absolute, out var subject) && subject.Scheme is "mailto" or "https"))
        {
            yield return new ValidationResult(
                $"Realtime:WebPush:Subject is '{Subject}'; where Realtime:WebPush:Enabled is true it must be a 'mailto:' or 'https:' address that push services can turn to.",
                [nameof(Subject)]);
        }
    }
}
